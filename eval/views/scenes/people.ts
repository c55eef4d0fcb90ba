/** People on a square in front of a house: soft outlines over a strongly textured wall. */
import { facade, paving } from "../materials.js";
import { EVERYWHERE, plane, type Surface } from "../surface.js";
import { between, type Random } from "../texture.js";
import { laid, person, receding, stroke } from "../things.js";

const HORIZON = -0.1;
const FAR = 0.07;
const GROUND = { at: FAR + 0.82 * HORIZON, perX: 0, perY: -0.82 };
const groundAt = (y: number) => GROUND.at + GROUND.perY * y;

export function people(random: Random, aspect: number): Surface[] {
  const wall = facade(random, [188, 164, 134]);
  const stones = paving(random, [150, 142, 134], [92, 88, 84]);
  const crowd = [-0.82, -0.35, 0.12, 0.52, 0.86].flatMap((place, i) => {
    const feet = [-0.86, -0.34, -0.62, -0.98, -0.4][i] ?? -0.5;
    const d = groundAt(feet + between(random, -0.04, 0.04));
    const x = aspect * (place + between(random, -0.06, 0.06));
    return person(random, { x, feet, d, height: (0.62 + 1.35 * d) * between(random, 0.9, 1.08) });
  });
  const lamp = aspect * between(random, -0.15, 0.05);
  return [
    plane({ at: FAR, perX: 0, perY: 0 }, EVERYWHERE, laid(wall, 2.6)),
    plane(GROUND, { ...EVERYWHERE, maxY: HORIZON }, receding(stones, 2, "x")),
    stroke({
      ...{ from: [lamp, HORIZON - 0.12], to: [lamp, 1.3], halfWidth: 0.022 },
      ...{ d: groundAt(HORIZON - 0.12), color: [44, 48, 46] },
    }),
    ...crowd,
  ];
}

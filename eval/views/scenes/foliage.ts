/** Twigs with leaves close to the eye, in front of a hedge, flowers and a lawn. */
import { hedge, rough } from "../materials.js";
import { EVERYWHERE, ellipsoid, plane, type Surface } from "../surface.js";
import { between, pick, type Random, type Rgb } from "../texture.js";
import { laid, leaf, receding, stroke } from "../things.js";

const HORIZON = -0.35;
const GREENS: readonly [Rgb, ...Rgb[]] = [
  [86, 132, 48],
  [118, 154, 62],
  [58, 104, 44],
  [150, 168, 70],
];
const BLOSSOMS: readonly [Rgb, ...Rgb[]] = [
  [214, 74, 88],
  [238, 206, 92],
  [226, 226, 232],
  [150, 96, 190],
];

export function foliage(random: Random, aspect: number): Surface[] {
  const bark: Rgb = [96, 74, 54];
  const flowers = Array.from({ length: 46 }, () => {
    const d = between(random, 0.16, 0.34);
    const size = 0.02 + 0.11 * d * between(random, 0.5, 1.2);
    const [x, y] = [aspect * between(random, -1.1, 1.1), between(random, -0.75, 0.2)];
    const shade = laid(rough(random, pick(random, BLOSSOMS)), 0.4);
    return ellipsoid({ x, y, d, radiusX: size, radiusY: size * 0.8, radiusD: 0.02 }, shade);
  });
  const branches = Array.from({ length: 5 }, () => {
    const fromLeft = random() < 0.5 ? -1 : 1;
    const from = [fromLeft * aspect * 1.15, between(random, 0.1, 1.1)] as const;
    const reach = between(random, 0.8, 1.5);
    const to = [from[0] - fromLeft * aspect * reach, from[1] - between(random, 0.2, 1.1)] as const;
    const d = between(random, 0.5, 0.85);
    const endD = d + between(random, -0.12, 0.1);
    const halfWidth = between(random, 0.008, 0.018);
    const twig = stroke({ from, to, halfWidth, d, endD, color: bark });
    const leaves = Array.from({ length: 36 }, () => {
      const along = between(random, 0.05, 1.02);
      const [x, y] = [
        from[0] + along * (to[0] - from[0]) + between(random, -0.09, 0.09),
        from[1] + along * (to[1] - from[1]) + between(random, -0.12, 0.09),
      ];
      const near = Math.min(0.97, d + along * (endD - d) + between(random, -0.03, 0.06));
      const length = between(random, 0.09, 0.2);
      return leaf(random, { x, y, d: near, length, color: pick(random, GREENS) });
    });
    return [twig, ...leaves];
  });
  return [
    plane(
      { at: 0.09, perX: 0.02, perY: -0.02 },
      EVERYWHERE,
      laid(hedge(random, [70, 96, 44]), 2.4),
    ),
    plane(
      { at: 0.1 + 0.7 * HORIZON, perX: 0, perY: -0.7 },
      { ...EVERYWHERE, maxY: HORIZON },
      receding(hedge(random, [104, 138, 62]), 1.4, "x"),
    ),
    stroke({
      ...{ from: [0.45 * aspect, -0.62], to: [0.4 * aspect, 1.4], halfWidth: 0.085 },
      ...{ d: 0.29, color: [112, 92, 74] },
    }),
    ...flowers,
    ...branches.flat(),
  ];
}

/** A street that runs away from the eye between walls, with signs, a car and trees: slopes. */
import { bricks, cloth, facade, paving, rough } from "../materials.js";
import { EVERYWHERE, ellipsoid, plane, type Shade, type Surface } from "../surface.js";
import { between, pick, type Random, type Rgb } from "../texture.js";
import { laid, leaf, person, receding, stroke } from "../things.js";

const HORIZON = 0.02;
const FAR = 0.06;
const GROUND = { at: FAR + 0.8 * HORIZON, perX: 0, perY: -0.8 };
const groundAt = (y: number) => GROUND.at + GROUND.perY * y;
/** The road's half width at disparity 0, and the walls' slope. */
const ROAD = 0.25;

export function street(random: Random, aspect: number): Surface[] {
  const perX = 0.72 / (aspect - ROAD);
  const left = bricks(random, [158, 92, 72], 20);
  const right = facade(random, [196, 178, 150], 4);
  const sky = rough(random, [184, 204, 226], 0.7);
  const crown = (x: number, y: number, d: number) =>
    Array.from({ length: 130 }, () => {
      const angle = between(random, 0, 2 * Math.PI);
      const far = Math.sqrt(random()) * (0.2 + 0.42 * d);
      return leaf(random, {
        ...{ x: x + far * Math.cos(angle) * 1.2, y: y + far * Math.sin(angle) },
        d: d + between(random, -0.03, 0.04),
        length: 0.03 + 0.14 * d * between(random, 0.7, 1.2),
        color: pick(random, [
          [92, 122, 58],
          [128, 138, 66],
          [66, 98, 52],
        ]),
      });
    });
  const tree = (x: number, feet: number) => {
    const d = groundAt(feet);
    const top = feet + 0.7 + 0.8 * d;
    const color: Rgb = [92, 78, 64];
    const trunk = stroke({ from: [x, feet], to: [x, top], halfWidth: 0.02 + 0.04 * d, d, color });
    return [trunk, ...crown(x, top, d)];
  };
  const sign = (x: number, feet: number) => {
    const d = groundAt(feet);
    const y = feet + 0.9;
    const red: Shade = (px, py, _d, out) => {
      const ring = Math.hypot(px - x, py - y) / 0.14;
      out.set(ring > 0.78 ? [186, 40, 44] : [232, 230, 226]);
      if (ring < 0.5 && Math.abs(py - y) < 0.03) out.set([34, 34, 40]);
    };
    return [
      stroke({
        from: [x, feet],
        to: [x, y],
        halfWidth: 0.012,
        d: d - 0.004,
        color: [136, 138, 142],
      }),
      plane(
        { at: d, perX: 0, perY: 0 },
        { minX: x - 0.14, maxX: x + 0.14, minY: y - 0.14, maxY: y + 0.14 },
        red,
        (px, py) => Math.hypot(px - x, py - y) < 0.14,
      ),
    ];
  };
  const car = (x: number, feet: number): Surface[] => {
    const d = groundAt(feet);
    const r = 0.16 + 0.32 * d;
    const paint = laid(cloth(random, [150, 44, 50], [150, 44, 50]), 1.6);
    const part = (px: number, py: number, rx: number, ry: number, shade: Shade, forward: number) =>
      ellipsoid(
        {
          ...{ x: x + px * r, y: feet + py * r, d: d + forward },
          ...{ radiusX: rx * r, radiusY: ry * r, radiusD: 0.05 },
        },
        shade,
      );
    return [
      part(0, 0.55, 1.25, 0.42, paint, 0),
      part(-0.05, 0.95, 0.75, 0.4, laid(rough(random, [70, 82, 96]), 0.5), -0.01),
      part(-0.75, 0.24, 0.24, 0.24, laid(rough(random, [36, 36, 38]), 0.3), 0.03),
      part(0.75, 0.24, 0.24, 0.24, laid(rough(random, [36, 36, 38]), 0.3), 0.03),
    ];
  };
  const at = (low: number, high: number) => aspect * between(random, low, high);
  return [
    plane({ at: 0.03, perX: 0, perY: 0 }, EVERYWHERE, laid(sky, 4)),
    plane(
      { at: FAR - 0.005, perX: 0, perY: 0 },
      { minX: -0.5, maxX: 0.5, minY: -0.3, maxY: 0.35 },
      laid(facade(random, [150, 140, 140], 7), 0.6),
    ),
    plane(
      GROUND,
      { ...EVERYWHERE, maxY: HORIZON },
      receding(paving(random, [122, 120, 118], [98, 96, 94]), 2, "x"),
    ),
    plane(
      { at: FAR - perX * ROAD, perX: -perX, perY: 0 },
      { ...EVERYWHERE, maxX: -ROAD },
      receding(left, 2.2, "y"),
      (x, y) => y < 0.3 + 0.9 * (-x - ROAD),
    ),
    plane(
      { at: FAR - perX * ROAD, perX, perY: 0 },
      { ...EVERYWHERE, minX: ROAD },
      receding(right, 2.6, "y"),
      (x, y) => y < 0.24 + 0.7 * (x - ROAD),
    ),
    ...tree(at(-0.6, -0.45), -0.55),
    ...tree(at(0.4, 0.5), -0.34),
    ...sign(at(0.55, 0.68), -0.78),
    ...car(at(-0.12, 0.12), -0.6),
    ...person(random, { x: at(-0.36, -0.26), feet: -0.8, d: groundAt(-0.8), height: 1.15 }),
  ];
}

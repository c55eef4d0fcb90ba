/** Boxes, fruit and pencils on a table before a shelf of books: straight edges over stripes. */
import { books, cloth, rough, wood } from "../materials.js";
import { EVERYWHERE, ellipsoid, plane, type Surface } from "../surface.js";
import { between, type Random, type Rgb } from "../texture.js";
import { box, laid, receding, stroke } from "../things.js";

const EDGE = -0.12;
const TABLE = { at: 0.3 + 0.62 * EDGE, perX: 0, perY: -0.62 };
const tableAt = (y: number) => TABLE.at + TABLE.perY * y;

export function table(random: Random, aspect: number): Surface[] {
  const color = (): Rgb => [
    between(random, 60, 220),
    between(random, 60, 190),
    between(random, 50, 180),
  ];
  const boxes = [-0.8, -0.2, 0.62].flatMap((place, i) => {
    const bottom = [-0.3, -0.42, -0.36][i] ?? -0.5;
    const left = aspect * place + between(random, -0.08, 0.08);
    const side = (left > -0.1 ? -1 : 1) * between(random, 0.08, 0.14);
    return box({
      ...{ left, bottom, side, top: between(random, 0.05, 0.09), deep: 0.09, d: tableAt(bottom) },
      ...{ width: between(random, 0.24, 0.42), height: between(random, 0.3, 0.85) },
      tile: cloth(random, color(), color()),
    });
  });
  const fruit = Array.from({ length: 8 }, () => {
    const y = between(random, -0.95, -0.4);
    const d = tableAt(y);
    const radius = (0.07 + 0.09 * d) * between(random, 0.8, 1.1);
    const x = aspect * between(random, -0.95, 0.95);
    const shade = laid(
      rough(random, [between(random, 150, 220), between(random, 60, 170), 48]),
      0.7,
    );
    return ellipsoid(
      { x, y: y + 0.8 * radius, d, radiusX: radius, radiusY: 0.92 * radius, radiusD: 0.06 },
      shade,
    );
  });
  const foot = [aspect * between(random, 0.2, 0.34), -0.7] as const;
  const d = tableAt(foot[1]);
  const radius = 0.13;
  const pot = ellipsoid(
    { x: foot[0], y: foot[1] + 0.16, d, radiusX: radius, radiusY: 0.19, radiusD: 0.07 },
    laid(cloth(random, [228, 226, 220], [52, 88, 140]), 0.3),
  );
  const pencils = Array.from({ length: 9 }, () => {
    const from = [foot[0] + between(random, -0.07, 0.07), foot[1] + 0.2] as const;
    const to = [
      from[0] + between(random, -0.22, 0.22),
      from[1] + between(random, 0.3, 0.62),
    ] as const;
    const at = d + between(random, -0.03, 0.03);
    return stroke({ from, to, halfWidth: between(random, 0.007, 0.012), d: at, color: color() });
  });
  return [
    plane({ at: 0.09, perX: 0, perY: 0 }, EVERYWHERE, laid(books(random), 2.2)),
    plane(TABLE, { ...EVERYWHERE, maxY: EDGE }, receding(wood(random, [166, 118, 74]), 1.3, "x")),
    ...boxes,
    ...fruit,
    pot,
    ...pencils,
  ];
}

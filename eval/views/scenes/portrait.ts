/** A head and shoulders close up, with loose strands of hair, in front of a wall of pictures. */
import { cloth, rough, wallOfPictures } from "../materials.js";
import { EVERYWHERE, ellipsoid, plane, type Shade, type Surface } from "../surface.js";
import { between, type Random, type Rgb } from "../texture.js";
import { laid, stroke } from "../things.js";

export function portrait(random: Random, aspect: number): Surface[] {
  const x = aspect * between(random, -0.2, 0.2);
  const hairColor: Rgb = random() < 0.5 ? [58, 42, 32] : [142, 104, 62];
  const skin = laid(rough(random, [218, 168, 138], 0.35), 1);
  const hair = laid(rough(random, hairColor, 1.4), 0.5);
  const shirt = laid(cloth(random, [62, 84, 120], [196, 190, 180]), 0.7);
  const solid = (
    [px, y, d]: readonly [number, number, number],
    [radiusX, radiusY, radiusD]: readonly [number, number, number],
    shade: Shade,
    turn = 0,
  ) => ellipsoid({ x: x + px, y, d, radiusX, radiusY, radiusD, turn }, shade);
  const feature = (px: number, y: number, rx: number, ry: number, color: Rgb, d: number) =>
    solid([px, y, d], [rx, ry, 0.02], laid(rough(random, color, 0.5), 0.4));
  const strands = Array.from({ length: 110 }, () => {
    const angle = between(random, -0.35, Math.PI + 0.35);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const from = [x + 0.36 * cos, 0.26 + 0.42 * sin] as const;
    const length = between(random, 0.06, 0.24);
    const bend = angle + between(random, -0.9, 0.9);
    const to = [from[0] + length * Math.cos(bend), from[1] + length * Math.sin(bend)] as const;
    const d = between(random, 0.6, 0.68);
    return stroke({ from, to, halfWidth: between(random, 0.002, 0.005), d, color: hairColor });
  });
  const shelf = aspect * between(random, 0.55, 0.7) * (x > 0 ? -1 : 1);
  return [
    plane(
      { at: 0.1, perX: 0.03, perY: 0 },
      EVERYWHERE,
      laid(wallOfPictures(random, [176, 170, 156]), 2.4),
    ),
    plane(
      { at: 0.2, perX: 0, perY: 0 },
      { minX: shelf - 0.3, maxX: shelf + 0.3, minY: -1.5, maxY: -0.2 },
      laid(cloth(random, [120, 82, 52], [150, 110, 72]), 0.8),
    ),
    solid([0, -1.1, 0.62], [0.92, 0.62, 0.2], shirt),
    solid([0, -0.45, 0.62], [0.19, 0.36, 0.1], skin),
    solid([0, 0.16, 0.6], [0.4, 0.54, 0.13], hair),
    solid([0, 0.1, 0.64], [0.33, 0.45, 0.17], skin),
    solid([0, 0.44, 0.64], [0.37, 0.26, 0.165], hair),
    feature(-0.12, 0.14, 0.055, 0.028, [238, 234, 228], 0.785),
    feature(0.12, 0.14, 0.055, 0.028, [238, 234, 228], 0.785),
    feature(-0.12, 0.14, 0.026, 0.026, [54, 44, 38], 0.795),
    feature(0.12, 0.14, 0.026, 0.026, [54, 44, 38], 0.795),
    feature(0, 0.0, 0.05, 0.1, [214, 160, 130], 0.81),
    feature(0, -0.15, 0.1, 0.03, [176, 92, 88], 0.775),
    ...strands,
  ];
}

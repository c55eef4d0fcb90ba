/** A balcony's railing, wires and poles over a town: things a few pixels thin. */
import { facade, hedge, rough } from "../materials.js";
import { EVERYWHERE, plane, type Shade, type Surface } from "../surface.js";
import { between, type Random, type Rgb } from "../texture.js";
import { laid, receding, stroke } from "../things.js";

const HORIZON = -0.25;

export function railing(random: Random, aspect: number): Surface[] {
  const iron: Rgb = [40, 44, 50];
  const clouds = rough(random, [172, 196, 222], 0.9);
  const sky: Shade = (x, y, d, out) => laid(clouds, 5)(x, y, d, out);
  const houses = Array.from({ length: 9 }, (_, i) => {
    const d = 0.08 + 0.022 * i + between(random, 0, 0.01);
    const x = aspect * between(random, -1.1, 1.1);
    const half = between(random, 0.16, 0.42);
    const color: Rgb = [
      between(random, 120, 214),
      between(random, 96, 180),
      between(random, 80, 150),
    ];
    const area = { minX: x - half, maxX: x + half, minY: -1.5, maxY: between(random, -0.05, 0.62) };
    return plane({ at: d, perX: 0, perY: 0 }, area, laid(facade(random, color, 8), 1.1));
  });
  const poles = Array.from({ length: 3 }, () => {
    const x = aspect * between(random, -0.9, 0.9);
    const d = between(random, 0.3, 0.45);
    const color: Rgb = [120, 112, 104];
    return stroke({ from: [x, -1.5], to: [x + 0.03, 0.9], halfWidth: 0.014, d, color });
  });
  const wires = Array.from({ length: 5 }, () => {
    const y = between(random, 0.3, 0.85);
    const d = between(random, 0.3, 0.42);
    const [from, to] = [
      [-1.3 * aspect, y],
      [1.3 * aspect, y + between(random, -0.25, 0.25)],
    ] as const;
    return stroke({ from, to, halfWidth: between(random, 0.003, 0.005), d, color: [30, 30, 34] });
  });
  const bars = Array.from({ length: 19 }, (_, i) => {
    const x = aspect * (-1.08 + (2.16 * i) / 18 + between(random, -0.008, 0.008));
    const halfWidth = between(random, 0.007, 0.011);
    return stroke({ from: [x, -1.4], to: [x, -0.02], halfWidth, d: 0.72, color: iron });
  });
  const rail = (y: number, halfWidth: number, d: number) =>
    stroke({ from: [-1.5 * aspect, y], to: [1.5 * aspect, y], halfWidth, d, color: iron });
  return [
    plane({ at: 0.04, perX: 0, perY: 0 }, EVERYWHERE, sky),
    plane(
      { at: 0.06 + 0.3 * HORIZON, perX: 0, perY: -0.3 },
      { ...EVERYWHERE, maxY: HORIZON },
      receding(hedge(random, [92, 112, 70]), 1.2, "x"),
    ),
    ...houses,
    ...poles,
    ...wires,
    ...bars,
    rail(0, 0.026, 0.74),
    rail(-0.85, 0.012, 0.72),
  ];
}

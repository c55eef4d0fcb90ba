/** Things of the made scenes, built from surfaces: people, boxes, poles, leaves. */
import { cloth, rough } from "./materials.js";
import { ellipsoid, type Mask, plane, type Shade, type Slope, type Surface } from "./surface.js";
import { between, pick, type Random, type Rgb, type Tile } from "./texture.js";

/** A tile laid over the photo's plane, `units` wide. */
export function laid(tile: Tile, units: number, turn = 0): Shade {
  const [cos, sin] = [Math.cos(turn) / units, Math.sin(turn) / units];
  return (x, y, _d, out) => tile.sample(x * cos + y * sin, x * sin - y * cos, out);
}

/**
 * A tile on a surface that runs away from the eye: coarser where it is near. `across` is the axis
 * that does not recede.
 */
export function receding(tile: Tile, units: number, across: "x" | "y"): Shade {
  return (x, y, d, out) => {
    const away = 1 / (d + 0.12);
    tile.sample(((across === "x" ? x : y) * away) / units, (0.7 * away) / units, out);
  };
}

/** One color, brighter in the middle of a pole than at its sides. */
export function rounded(color: Rgb, across: (x: number, y: number) => number): Shade {
  return (x, y, _d, out) => {
    const side = across(x, y);
    const light = 1.05 - 0.5 * side * side - 0.15 * side;
    for (let i = 0; i < 3; i++) out[i] = (color[i] ?? 0) * light;
  };
}

export interface Stroke {
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
  readonly halfWidth: number;
  /** Disparity of all of it, or at both ends. */
  readonly d: number;
  readonly endD?: number;
  readonly color: Rgb;
}

/** A straight pole, wire, twig or strand. */
export function stroke({ from, to, halfWidth, d, endD = d, color }: Stroke): Surface {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy);
  const [ax, ay] = [dx / length, dy / length];
  const offset = (x: number, y: number) => ((x - from[0]) * ay - (y - from[1]) * ax) / halfWidth;
  const per = (endD - d) / length;
  const slope: Slope = {
    at: d - per * (from[0] * ax + from[1] * ay),
    perX: per * ax,
    perY: per * ay,
  };
  const area = {
    minX: Math.min(from[0], to[0]) - halfWidth,
    maxX: Math.max(from[0], to[0]) + halfWidth,
    minY: Math.min(from[1], to[1]) - halfWidth,
    maxY: Math.max(from[1], to[1]) + halfWidth,
  };
  return plane(slope, area, rounded(color, offset), (x, y) => {
    const along = (x - from[0]) * ax + (y - from[1]) * ay;
    return along >= 0 && along <= length && Math.abs(offset(x, y)) <= 1;
  });
}

export interface Leaf {
  readonly x: number;
  readonly y: number;
  readonly d: number;
  readonly length: number;
  readonly color: Rgb;
}

/** A pointed leaf, tilted in space, with a lighter rib. */
export function leaf(random: Random, { x, y, d, length, color }: Leaf): Surface {
  const turn = between(random, 0, 2 * Math.PI);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const half = length / 2;
  const [perX, perY] = [between(random, -0.25, 0.25), between(random, -0.25, 0.25)];
  const tint = between(random, 0.7, 1.2);
  const mask: Mask = (px, py) => {
    const along = ((px - x) * cos + (py - y) * sin) / half;
    const across = ((py - y) * cos - (px - x) * sin) / half;
    return Math.abs(across) < 0.42 * (1 - along * along);
  };
  const area = { minX: x - half, maxX: x + half, minY: y - half, maxY: y + half };
  return plane(
    { at: d - perX * x - perY * y, perX, perY },
    area,
    (px, py, _d, out) => {
      const across = ((py - y) * cos - (px - x) * sin) / half;
      const along = ((px - x) * cos + (py - y) * sin) / half;
      const isVein =
        Math.abs(across) < 0.03 || Math.abs(((along + Math.abs(across)) * 6) % 1) < 0.1;
      const light = tint * (isVein ? 1.22 : 1) * (1 + 0.25 * Math.sign(across) * Math.abs(across));
      for (let i = 0; i < 3; i++) out[i] = (color[i] ?? 0) * light;
    },
    mask,
  );
}

export interface Box {
  readonly left: number;
  readonly bottom: number;
  readonly width: number;
  readonly height: number;
  readonly d: number;
  /** Width of the visible side on the right, or on the left if negative, and height of the top. */
  readonly side: number;
  readonly top: number;
  /** How far the back edges lie behind the front, in disparity. */
  readonly deep: number;
  readonly tile: Tile;
}

/** A box with its front, one side and its top. */
export function box({ left, bottom, width, height, d, side, top, deep, tile }: Box): Surface[] {
  const right = left + width;
  const upper = bottom + height;
  const cover = laid(tile, 1);
  const darker =
    (by: number): Shade =>
    (x, y, at, out) => {
      cover(x, y, at, out);
      for (let i = 0; i < 3; i++) out[i] = (out[i] ?? 0) * by;
    };
  const edge = side > 0 ? right : left;
  const perX = -deep / side;
  const perY = -deep / top;
  const rise = top / side;
  return [
    plane(
      { at: d, perX: 0, perY: 0 },
      { minX: left, maxX: right, minY: bottom, maxY: upper },
      cover,
    ),
    plane(
      { at: d - perX * edge, perX, perY: 0 },
      {
        ...{ minX: Math.min(edge, edge + side), maxX: Math.max(edge, edge + side) },
        ...{ minY: bottom, maxY: upper + top },
      },
      darker(0.6),
      (x, y) => y >= bottom + rise * (x - edge) && y <= upper + rise * (x - edge),
    ),
    plane(
      { at: d - perY * upper, perX: 0, perY },
      {
        ...{ minX: Math.min(left, left + side), maxX: Math.max(right, right + side) },
        ...{ minY: upper, maxY: upper + top },
      },
      darker(1.25),
      (x, y) => x >= left + (y - upper) / rise && x <= right + (y - upper) / rise,
    ),
  ];
}

const SKINS: readonly [Rgb, ...Rgb[]] = [
  [226, 178, 148],
  [196, 142, 106],
  [120, 80, 58],
  [236, 196, 172],
];
const HAIRS: readonly [Rgb, ...Rgb[]] = [
  [46, 34, 28],
  [92, 62, 38],
  [28, 26, 30],
  [172, 134, 84],
];
const CLOTHES: readonly [Rgb, ...Rgb[]] = [
  [172, 52, 48],
  [46, 74, 128],
  [60, 104, 72],
  [206, 196, 178],
  [58, 56, 64],
  [204, 150, 62],
];

export interface Person {
  readonly x: number;
  /** Where the feet stand, and the disparity there. */
  readonly feet: number;
  readonly d: number;
  readonly height: number;
}

/** A standing person of soft ellipsoids. */
export function person(random: Random, { x, feet, d, height }: Person): Surface[] {
  const r = height / 7.5;
  const skin = laid(rough(random, pick(random, SKINS), 0.4), 1);
  const hair = laid(rough(random, pick(random, HAIRS), 1.2), 0.4);
  const shirt = laid(cloth(random, pick(random, CLOTHES), pick(random, CLOTHES)), 2.2 * r);
  const trousers = laid(cloth(random, pick(random, CLOTHES), [40, 40, 48]), 1.2 * r);
  const deep = 0.35 * r;
  const part = (
    px: number,
    py: number,
    rx: number,
    ry: number,
    shade: Shade,
    turn = 0,
    forward = 0,
  ) =>
    ellipsoid(
      {
        ...{ x: x + px * r, y: feet + py * r, d: d + forward * deep, turn },
        ...{ radiusX: rx * r, radiusY: ry * r, radiusD: deep * Math.min(1, rx) },
      },
      shade,
    );
  const lean = between(random, -0.12, 0.12);
  const [armLeft, armRight] = [between(random, 0.1, 0.9), between(random, 0.1, 0.9)];
  const hand = (side: number, turn: number) =>
    [1.1 * side + 1.25 * side * Math.sin(turn) * 1.7, 5.75 - 1.25 * 1.9 * Math.cos(turn)] as const;
  return [
    part(-0.48, 1.75, 0.42, 1.95, trousers, 0.06),
    part(0.48, 1.75, 0.42, 1.95, trousers, -0.06),
    part(-0.55, 0.12, 0.42, 0.2, hair, 0, 0.4),
    part(0.55, 0.12, 0.42, 0.2, hair, 0, 0.4),
    part(0, 4.6, 0.95, 1.65, shirt, lean),
    part(-1.1 - 0.55 * Math.sin(armLeft) * 1.6, 4.75, 0.27, 1.25, shirt, -armLeft, 0.3),
    part(1.1 + 0.55 * Math.sin(armRight) * 1.6, 4.75, 0.27, 1.25, shirt, armRight, 0.3),
    part(...hand(-1, armLeft), 0.22, 0.3, skin, 0, 0.5),
    part(...hand(1, armRight), 0.22, 0.3, skin, 0, 0.5),
    part(0, 6.1, 0.3, 0.5, skin),
    part(0, 6.9, 0.58, 0.72, skin, lean),
    part(0, 7.12, 0.64, 0.62, hair, lean, -0.35),
  ];
}

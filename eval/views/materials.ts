/** Tiles of the made scenes: cloth, walls, floors, plants. */
import {
  between,
  mixed,
  noise,
  paintTile,
  pick,
  type Random,
  type Rgb,
  scaled,
  type Tile,
} from "./texture.js";

const SMALL = 256;
const LARGE = 1024;

const fraction = (value: number) => value - Math.floor(value);

/** Colored cloth: plain, striped, checked or dotted. */
export function cloth(random: Random, color: Rgb, accent: Rgb): Tile {
  const weave = noise(random, SMALL, [
    [8, 0.1],
    [32, 0.06],
    [96, 0.07],
  ]);
  const kind = pick(random, ["plain", "stripes", "checks", "dots"]);
  const count = Math.round(between(random, 5, 9));
  return paintTile(SMALL, (s, t, i) => {
    const [x, y] = [fraction(s * count), fraction(t * count)];
    const marked =
      (kind === "stripes" && y < 0.4) ||
      (kind === "checks" && x < 0.35 !== y < 0.35) ||
      (kind === "dots" && Math.hypot(x - 0.5, y - 0.5) < 0.25);
    return scaled(marked ? accent : color, 1 + (weave[i] ?? 0));
  });
}

/** A surface of one color with blotches and grain. */
export function rough(random: Random, color: Rgb, strength = 1): Tile {
  const grain = noise(random, 512, [
    [5, 0.12],
    [19, 0.08],
    [70, 0.07],
    [170, 0.06],
  ]);
  return paintTile(512, (_s, _t, i) => scaled(color, 1 + strength * (grain[i] ?? 0)));
}

/** Rows of bricks with light mortar. */
export function bricks(random: Random, color: Rgb, rows = 28): Tile {
  const grain = noise(random, LARGE, [
    [9, 0.08],
    [60, 0.09],
    [250, 0.08],
  ]);
  const tints = Array.from({ length: rows * rows }, () => between(random, 0.75, 1.2));
  return paintTile(LARGE, (s, t, i) => {
    const row = Math.floor(t * rows);
    const along = (s * rows) / 2 + (row % 2) / 2;
    const isMortar = fraction(t * rows) < 0.12 || fraction(along) < 0.06;
    const tint = tints[(row * 31 + Math.floor(along) * 7) % tints.length] ?? 1;
    return scaled(isMortar ? [196, 188, 176] : scaled(color, tint), 1 + (grain[i] ?? 0));
  });
}

/** A house front: windows with frames, sills and reflections on plaster. */
export function facade(random: Random, color: Rgb, floors = 5): Tile {
  const grain = noise(random, LARGE, [
    [4, 0.06],
    [40, 0.05],
    [200, 0.07],
  ]);
  const columns = floors + 2;
  const glass = Array.from({ length: floors * columns }, () => between(random, 30, 110));
  return paintTile(LARGE, (s, t, i) => {
    const x = fraction(s * columns);
    const y = fraction(t * floors);
    const index = Math.floor(t * floors) * columns + Math.floor(s * columns);
    const shade = 1 + (grain[i] ?? 0);
    if (y > 0.94) return scaled([150, 142, 130], shade);
    if (x < 0.24 || x > 0.76 || y < 0.2 || y > 0.8) {
      const isSill = y > 0.8 && y < 0.85 && x > 0.2 && x < 0.8;
      return scaled(isSill ? [228, 224, 216] : color, shade);
    }
    const isFrame = x < 0.27 || x > 0.73 || y < 0.23 || y > 0.77 || Math.abs(x - 0.5) < 0.015;
    if (isFrame) return scaled([232, 228, 222], shade);
    const light = (glass[index] ?? 60) * (1.25 - 0.6 * y + (grain[i] ?? 0));
    return [light * 0.85, light, light * 1.15];
  });
}

/** Books in shelves. */
export function books(random: Random): Tile {
  const shelves = 5;
  const perShelf = 46;
  const grain = noise(random, LARGE, [
    [30, 0.06],
    [220, 0.07],
  ]);
  const spines = Array.from({ length: shelves * perShelf }, () => ({
    color: [between(random, 30, 210), between(random, 25, 160), between(random, 25, 150)] as const,
    high: between(random, 0.6, 0.88),
    label: between(random, 0.2, 0.7),
    wide: random() < 0.5,
  }));
  return paintTile(LARGE, (s, t, i) => {
    const shade = 1 + (grain[i] ?? 0);
    const y = 1 - fraction(t * shelves);
    const at = fraction(s) * perShelf;
    const spine = spines[Math.floor(t * shelves) * perShelf + Math.floor(at)];
    if (!spine || y < 0.07) return scaled([142, 104, 66], shade);
    if (y > 0.07 + spine.high) return scaled([44, 32, 24], shade);
    const x = at - Math.floor(at);
    if (x < 0.08) return scaled(spine.color, 0.45 * shade);
    const onLabel = Math.abs(y - spine.label) < 0.07 && spine.wide && x > 0.25 && x < 0.85;
    return scaled(onLabel ? [226, 214, 178] : spine.color, shade * (0.8 + 0.4 * x));
  });
}

/** Boards with grain along t. */
export function wood(random: Random, color: Rgb, boards = 6): Tile {
  const wave = noise(random, LARGE, [
    [6, 1],
    [14, 0.4],
  ]);
  const grain = noise(random, LARGE, [[256, 0.05]]);
  const tints = Array.from({ length: boards }, () => between(random, 0.82, 1.12));
  return paintTile(LARGE, (s, t, i) => {
    const x = fraction(s * boards);
    if (x < 0.015) return scaled(color, 0.45);
    const rings = Math.sin(60 * x + 5 * (wave[i] ?? 0) + 3 * Math.sin(2 * Math.PI * t));
    const tint = tints[Math.floor(s * boards)] ?? 1;
    return scaled(color, tint * (1 + 0.1 * rings + (grain[i] ?? 0)));
  });
}

/** Paving stones, or tiles of a floor in two colors. */
export function paving(random: Random, color: Rgb, joint: Rgb, count = 8): Tile {
  const grain = noise(random, LARGE, [
    [11, 0.08],
    [90, 0.08],
    [250, 0.07],
  ]);
  const tints = Array.from({ length: count * count }, () => between(random, 0.82, 1.14));
  return paintTile(LARGE, (s, t, i) => {
    const isJoint = fraction(s * count) < 0.05 || fraction(t * count) < 0.05;
    const tint = tints[Math.floor(t * count) * count + Math.floor(s * count)] ?? 1;
    return scaled(isJoint ? joint : scaled(color, tint), 1 + (grain[i] ?? 0));
  });
}

/** Leaves in light and shadow. */
export function hedge(random: Random, color: Rgb): Tile {
  const light = noise(random, LARGE, [
    [7, 0.5],
    [33, 0.6],
    [80, 0.5],
    [200, 0.25],
  ]);
  const hue = noise(random, LARGE, [[50, 1]]);
  const yellow: Rgb = [color[0] * 1.5, color[1] * 1.15, color[2] * 0.7];
  return paintTile(LARGE, (_s, _t, i) => {
    const bright = Math.max(0.18, 0.75 + 0.6 * (light[i] ?? 0));
    return scaled(mixed(color, yellow, Math.max(0, hue[i] ?? 0)), bright);
  });
}

/** Blurred lights and dark shapes behind a portrait, with a few sharp posters. */
export function wallOfPictures(random: Random, color: Rgb): Tile {
  const grain = noise(random, LARGE, [
    [5, 0.1],
    [120, 0.04],
    [256, 0.05],
  ]);
  const art = noise(random, LARGE, [
    [12, 0.8],
    [40, 0.4],
  ]);
  const frames = Array.from({ length: 11 }, () => ({
    x: random(),
    y: random(),
    halfWidth: between(random, 0.05, 0.1),
    halfHeight: between(random, 0.05, 0.12),
    from: [between(random, 20, 220), between(random, 20, 220), between(random, 20, 220)] as const,
    to: [between(random, 20, 220), between(random, 20, 220), between(random, 20, 220)] as const,
  }));
  return paintTile(LARGE, (s, t, i) => {
    const shade = 1 + (grain[i] ?? 0);
    for (const { x, y, halfWidth, halfHeight, from, to } of frames) {
      const across = Math.abs(s - x) / halfWidth;
      const along = Math.abs(t - y) / halfHeight;
      if (across > 1 || along > 1) continue;
      const edge = Math.max(across, along);
      if (edge > 0.86) return scaled([38, 30, 26], shade);
      if (edge > 0.72) return scaled([236, 232, 224], shade);
      return scaled(mixed(from, to, 0.5 + 0.5 * (art[i] ?? 0)), shade);
    }
    return scaled(color, shade);
  });
}

/**
 * Scenes to measure rendering: photographs with estimated depth, and synthetic ones with sharp
 * edges.
 */
import { readFile } from "node:fs/promises";
import type { Size } from "../../core/geometry/size.js";
import { Fields } from "../../core/spec/fields.js";
import { resolveDepth } from "../../core/spec/resolve-depth.js";
import { createLog } from "../../kit/log.js";
import { loadConfig, photoRules } from "../../services/depth/config.js";
import { Decoder } from "../../services/depth/decode/decoder.js";
import { estimateMap } from "../../services/depth/depth-map.js";
import { openEngine } from "../../services/depth/inference/open-engine.js";
import { PixelThread } from "../../services/depth/pixels/pixel-thread.js";
import type { Photo } from "../photos.js";
import { seededRandom } from "../random.js";

export interface BenchScene {
  readonly name: string;
  readonly photo: Uint8Array;
  readonly photoSize: Size;
  readonly disparity: Uint16Array;
  readonly disparitySize: Size;
}

const RULES = photoRules({ maxPixels: 100_000_000, photoFormats: "jpeg png webp avif tiff" });
const DISPARITY_SIDE = 1024;
const MADE_MAP: Size = { width: 924, height: 518 };
const MADE_PHOTO: Size = { width: 1848, height: 1036 };

/**
 * Photographs with the depth of the built-in model, made as in the depth service, but with edges
 * that are not fattened or smoothed: the sharpest are the hardest to draw.
 */
export async function photoScenes(photos: readonly Photo[], frame: Size): Promise<BenchScene[]> {
  const pixels = new PixelThread((why) => {
    throw why;
  });
  const decoder = await Decoder.start({ memoryBytes: 2 ** 31, timeMs: 60_000, stallMs: 60_000 });
  const log = createLog("warn", { service: "bench", worker: "" });
  const { engine } = await openEngine(loadConfig(), pixels, log);
  const scenes: BenchScene[] = [];
  for (const { name, path } of photos) {
    const photo = await decoder.photo(await readFile(path), { ...RULES, fit: { clip: frame } });
    const map = await estimateMap({ engine, pixels }, photo, {
      ...{ model: "depthmesh-tiny", degradePolicy: "forbid" },
      ...{ postProcessing: resolveDepth(new Fields({})), longSidePixels: DISPARITY_SIDE },
      signal: new AbortController().signal,
    });
    const { disparity, width, height } = map;
    const disparitySize = { width, height };
    scenes.push({ name, photo: photo.rgb, photoSize: photo, disparity, disparitySize });
  }
  await Promise.all([pixels.stop(), decoder.close()]);
  return scenes;
}

/** Disparity of boxes on a floor in front of a wall. */
function room(): Float32Array {
  const { width, height } = MADE_MAP;
  const random = seededRandom(7);
  const boxes = Array.from({ length: 12 }, () => ({
    x: random() * width,
    y: (0.35 + 0.6 * random()) * height,
    halfWidth: (0.03 + 0.08 * random()) * width,
    tall: (0.1 + 0.25 * random()) * height,
  })).sort((a, b) => a.y - b.y);
  const floor = (y: number) => Math.max(0.08, (y / height - 0.4) * 1.5);
  const map = new Float32Array(width * height);
  for (let y = 0; y < height; y++) map.fill(floor(y), y * width, (y + 1) * width);
  for (const box of boxes) {
    for (let y = Math.max(0, Math.round(box.y - box.tall)); y < box.y; y++) {
      const from = Math.max(0, Math.round(box.x - box.halfWidth));
      const to = Math.min(width, Math.round(box.x + box.halfWidth));
      map.fill(Math.min(1, floor(box.y)), y * width + from, y * width + to);
    }
  }
  return map;
}

/** Disparity of bars, two to seven texels wide, at many depths in front of a slope. */
function thinEdges(): Float32Array {
  const { width, height } = MADE_MAP;
  const random = seededRandom(11);
  const map = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) map[y * width + x] = 0.05 + (0.3 * x) / width;
  }
  for (let i = 0; i < 70; i++) {
    const near = 0.4 + 0.6 * random();
    const thick = 2 + 5 * random();
    const angle = Math.PI * random();
    const offset = (random() - 0.5) * width;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const across =
          (x - width / 2) * Math.cos(angle) + (y - height / 2) * Math.sin(angle) - offset;
        const at = y * width + x;
        if (Math.abs(across) < thick / 2) map[at] = Math.max(map[at] ?? 0, near);
      }
    }
  }
  return map;
}

/** Soft noise at several scales: detail everywhere, as in a photograph. */
function texture(seed: number): Uint8Array {
  const { width, height } = MADE_PHOTO;
  const random = seededRandom(seed);
  const rgb = new Float32Array(width * height * 3).fill(40);
  for (const [cell, strength] of [
    [64, 90],
    [16, 50],
    [5, 30],
  ] as const) {
    const columns = Math.ceil(width / cell) + 2;
    const grid = Float32Array.from(
      { length: columns * (Math.ceil(height / cell) + 2) * 3 },
      random,
    );
    for (let y = 0, at = 0; y < height; y++) {
      const gy = Math.floor(y / cell);
      const fy = y / cell - gy;
      for (let x = 0; x < width; x++) {
        const gx = Math.floor(x / cell);
        const fx = x / cell - gx;
        for (let c = 0; c < 3; c++, at++) {
          const from = (gy * columns + gx) * 3 + c;
          const [a = 0, b = 0] = [grid[from], grid[from + 3]];
          const [p = 0, q = 0] = [grid[from + columns * 3], grid[from + columns * 3 + 3]];
          const top = a + (b - a) * fx;
          rgb[at] = (rgb[at] ?? 0) + strength * (top + (p + (q - p) * fx - top) * fy);
        }
      }
    }
  }
  return Uint8Array.from(rgb);
}

/** The synthetic scenes. */
export function madeScenes(): BenchScene[] {
  const scene = (name: string, map: Float32Array, seed: number): BenchScene => ({
    name,
    photo: texture(seed),
    photoSize: MADE_PHOTO,
    disparity: Uint16Array.from(map, (d) => Math.round(65535 * d)),
    disparitySize: MADE_MAP,
  });
  return [scene("made-room", room(), 3), scene("made-thin-edges", thinEdges(), 5)];
}

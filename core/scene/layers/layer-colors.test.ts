import assert from "node:assert/strict";
import { test } from "node:test";
import type { Size } from "../../geometry/size.js";
import { buildLayers } from "./build-layers.js";
import { layerColors } from "./layer-colors.js";
import type { LayerColors } from "./layers.js";
import type { LayerReach } from "./reach.js";

const MAP = { width: 60, height: 40 };
const REACH: LayerReach = { cutDisparity: 0.02, texelsPerDisparity: 20, inverted: false };
const RED = [200, 40, 30];
const BLUE = [20, 60, 180];

/** A disc at 0.8 before a plane at 0.1. */
const CENTER = { x: 0.45, y: 0.5 };
const RADIUS = 0.25;

const isDisc = (x: number, y: number) => Math.hypot((x - CENTER.x) * 1.5, y - CENTER.y) < RADIUS;

const DISC = Uint16Array.from({ length: MAP.width * MAP.height }, (_, i) => {
  const x = ((i % MAP.width) + 0.5) / MAP.width;
  const y = (Math.floor(i / MAP.width) + 0.5) / MAP.height;
  return isDisc(x, y) ? 52428 : 6553;
});

/** A red disc before blue, each pixel the mean of 8 × 8 samples, with so much texture. */
function photoOf({ width, height }: Size, texture: number): Uint8Array {
  const photo = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let inside = 0;
      for (let s = 0; s < 64; s++) {
        const sampleX = (x + ((s % 8) + 0.5) / 8) / width;
        const sampleY = (y + (Math.floor(s / 8) + 0.5) / 8) / height;
        inside += isDisc(sampleX, sampleY) ? 1 / 64 : 0;
      }
      const shade = texture * Math.sin(0.9 * x) * Math.cos(1.1 * y);
      for (let c = 0; c < 3; c++) {
        const mixed = inside * (RED[c] ?? 0) + (1 - inside) * (BLUE[c] ?? 0) + shade;
        photo[3 * (y * width + x) + c] = Math.min(255, Math.max(0, Math.round(mixed)));
      }
    }
  }
  return photo;
}

function composite({ front, back, width, height }: LayerColors): Float64Array {
  return Float64Array.from({ length: 3 * width * height }, (_, at) => {
    const pixel = Math.floor(at / 3);
    const alpha = (front[4 * pixel + 3] ?? 0) / 255;
    return alpha * (front[4 * pixel + (at % 3)] ?? 0) + (1 - alpha) * (back[at] ?? 0);
  });
}

for (const texture of [
  { width: 60, height: 40 },
  { width: 150, height: 100 },
  { width: 97, height: 61 },
  { width: 45, height: 30 },
]) {
  test(`both sheets together are the photo at ${texture.width} × ${texture.height}`, () => {
    const layers = buildLayers(DISC, MAP, REACH);
    for (const contrast of [0, 15, 90]) {
      const photo = photoOf(texture, contrast);
      const mixed = composite(layerColors(layers, photo, texture));
      mixed.forEach((value, at) => {
        const off = Math.abs(value - (photo[at] ?? 0));
        assert.ok(off <= 2.01, `off by ${off} at ${at}`);
      });
    }
  });
}

test("mixed colors at the silhouette are taken apart", () => {
  const texture = { width: 150, height: 100 };
  const photo = photoOf(texture, 0);
  const { front, back } = layerColors(buildLayers(DISC, MAP, REACH), photo, texture);
  const off = (colors: Uint8Array, at: number, wanted: number[]) =>
    Math.max(...wanted.map((value, c) => Math.abs((colors[at + c] ?? 0) - value)));
  let worstFront = 0;
  let worstBack = 0;
  for (let pixel = 0; pixel < texture.width * texture.height; pixel++) {
    const alpha = front[4 * pixel + 3] ?? 0;
    const x = ((pixel % texture.width) + 0.5) / texture.width;
    const y = (Math.floor(pixel / texture.width) + 0.5) / texture.height;
    const distance = Math.hypot((x - CENTER.x) * 1.5, y - CENTER.y) - RADIUS;
    if (alpha > 25 && distance < 0.1) {
      worstFront = Math.max(worstFront, off(front, 4 * pixel, RED));
    }
    if (alpha < 230 || (distance < 0 && distance > -0.1)) {
      worstBack = Math.max(worstBack, off(back, 3 * pixel, BLUE));
    }
  }
  assert.ok(worstFront < 40, `the near side's color is off by ${worstFront}`);
  assert.ok(worstBack < 40, `the far side's color is off by ${worstBack}`);
});

test("a flat map leaves the photo as it is", () => {
  const texture = { width: 90, height: 60 };
  const photo = photoOf(texture, 40);
  const flat = buildLayers(new Uint16Array(MAP.width * MAP.height), MAP, REACH);
  const { front, back } = layerColors(flat, photo, texture);
  assert.deepEqual(back, photo);
  assert.ok(front.every((value, at) => at % 4 !== 3 || value === 255));
});

test("the same photo gives the same colors", () => {
  const photo = photoOf(MAP, 40);
  const layers = buildLayers(DISC, MAP, REACH);
  assert.deepEqual(layerColors(layers, photo, MAP), layerColors(layers, photo.slice(), MAP));
});

test("a color that no mix explains belongs to one side alone", () => {
  const texture = { width: 150, height: 100 };
  const photo = photoOf(texture, 0);
  // Sparks of white and black around the disc's edge.
  for (let pixel = 0; pixel < texture.width * texture.height; pixel += 7) {
    photo.fill(pixel % 2 === 0 ? 255 : 0, 3 * pixel, 3 * pixel + 3);
  }
  const colors = layerColors(buildLayers(DISC, MAP, REACH), photo, texture);
  composite(colors).forEach((value, at) => {
    const off = Math.abs(value - (photo[at] ?? 0));
    assert.ok(off <= 2.01, `off by ${off} at ${at}`);
  });
});

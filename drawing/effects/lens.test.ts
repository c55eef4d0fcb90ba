/**
 * Chromatic aberration: blue moves outwards from red beyond the decay, and nothing else changes.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type EffectState, NO_EFFECTS } from "../../core/scene/effects.js";
import {
  byteAt,
  mostDifference,
  openEffectStage,
  type Picture,
  paint,
  textured,
} from "../../testing/render/effect-stage.js";

const { apply } = await openEffectStage();
const SIZE = { width: 320, height: 200 };
const ON: EffectState["lens"] = { ...NO_EFFECTS.lens, intensity: 2 };
const texture = paint(
  SIZE,
  textured(() => 128),
);

test("no bit changes within the decay", () => {
  const { rgba } = apply(texture, { lens: ON });
  const reach = ON.decay * 0.5 * Math.hypot(SIZE.width, SIZE.height);
  let changed = 0;
  for (let y = 0; y < SIZE.height; y++) {
    for (let x = 0; x < SIZE.width; x++) {
      const i = 4 * (y * SIZE.width + x);
      const same = [0, 1, 2].every((c) => rgba[i + c] === texture.rgba[i + c]);
      if (Math.hypot(x + 0.5 - SIZE.width / 2, y + 0.5 - SIZE.height / 2) < reach) assert.ok(same);
      else if (!same) changed += 1;
    }
  }
  assert.ok(changed > 0.2 * SIZE.width * SIZE.height, `${changed} pixels changed`);
});

test("a decay of 1 changes nothing", () => {
  assert.deepEqual(apply(texture, { lens: { ...ON, decay: 1 } }).rgba, texture.rgba);
});

test("the weights of each channel's samples add up to 1", () => {
  const plain = paint(SIZE, () => [200, 100, 50, 0]);
  for (const quality of [3, 4, 30, 100]) {
    const most = mostDifference(apply(plain, { lens: { ...ON, quality, decay: 0 } }), plain);
    assert.ok(most <= 1, `${quality}: ${most}`);
  }
});

/** The centroid of a channel along x, in pixels from the center. */
function centroid(picture: Picture, channel: number): number {
  let [sum, weighted] = [0, 0];
  for (let y = 0; y < SIZE.height; y++) {
    for (let x = 0; x < SIZE.width; x++) {
      const value = byteAt(picture, x, y, channel);
      sum += value;
      weighted += value * (x + 0.5 - SIZE.width / 2);
    }
  }
  return weighted / sum;
}

test("a white spot is dispersed along the radius: red inside, then green, then blue", () => {
  const spot = (from: number) =>
    paint(SIZE, (x, y) => (Math.hypot(x - from, y - 100) < 5 ? [255, 255, 255, 0] : [0, 0, 0, 0]));
  for (const [from, outwards] of [
    [290, 1],
    [30, -1],
  ] as const) {
    const bent = apply(spot(from), { lens: { ...ON, decay: 0, quality: 100 } });
    const [red = 0, green = 0, blue = 0] = [0, 1, 2].map(
      (channel) => outwards * centroid(bent, channel),
    );
    assert.ok(blue > green + 0.2 && green > red + 0.2, `${red} ${green} ${blue}`);
  }
});

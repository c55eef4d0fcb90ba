/** A stereo pair that is made from a scene, read from files and predicted. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { writePfm } from "../../core/depthmap/files/pfm.js";
import { march } from "./march.js";
import { fromTheRight, readStereoPairs } from "./stereo-pairs.js";

const SIZE = { width: 120, height: 60 };

/** A near square of 12 pixels of disparity at columns 50 to 79, before a wall of 4. */
const disparityOf = (x: number, y: number) => (x >= 50 && x < 80 && y >= 20 && y < 40 ? 12 : 4);
const colorOf = (x: number, disparity: number) => (disparity === 12 ? 240 : x % 120);

test("from the right the square is further left, and uncovers as much wall as it moved before it", () => {
  const left = Float32Array.from({ length: 120 * 60 }, (_, i) =>
    disparityOf(i % 120, Math.floor(i / 120)),
  );
  const { pixels, hidden } = fromTheRight(left, SIZE);
  const row = 30 * 120;
  // The square from 50–79 to 38–67; the wall behind it from 50–79 to 46–75, so 68–75 is new.
  assert.deepEqual(
    [37, 38, 67, 68, 75, 76].map((x) => pixels[row + x]),
    [4, 12, 12, 4, 4, 4],
  );
  const news = hidden.slice(row, row + 120).flatMap((isHidden, x) => (isHidden ? [x] : []));
  assert.deepEqual(news, [68, 69, 70, 71, 72, 73, 74, 75]);
  // The wall moves by 4, so the last four columns lie beyond the left picture.
  assert.deepEqual(hidden.slice(row + 115, row + 120), [false, ...Array(4).fill(undefined)]);
});

test("a pair in files is predicted exactly where both pictures show the surface", async () => {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-stereo-"));
  try {
    const picture = (colorAt: (x: number, y: number) => number) =>
      sharp(
        Uint8Array.from({ length: 3 * 120 * 60 }, (_, i) => {
          const pixel = Math.floor(i / 3);
          return colorAt(pixel % 120, Math.floor(pixel / 120));
        }),
        { raw: { ...SIZE, channels: 3 } },
      );
    const inRight = (x: number, y: number) =>
      x >= 38 && x < 68 && y >= 20 && y < 40 ? 240 : (x + 4) % 120;
    await picture((x, y) => colorOf(x, disparityOf(x, y))).toFile(join(folder, "a_left.png"));
    await picture(inRight).toFile(join(folder, "a_right.png"));
    // Two pixels were not measured.
    const values = Float32Array.from({ length: 120 * 60 }, (_, i) =>
      i === 30 * 120 + 85 ? Infinity : i === 5 ? 0 : disparityOf(i % 120, Math.floor(i / 120)),
    );
    await writeFile(join(folder, "a_disp.pfm"), writePfm({ values, ...SIZE }));
    const [pair] = await readStereoPairs(folder, 1280);
    assert.ok(pair);
    assert.equal(pair.field.disparity[30 * 120 + 85], pair.field.disparity[30 * 120 + 84]);
    const drawn = march(pair.field, pair.camera, pair.frame);
    for (const [x, y] of [
      [45, 30],
      [60, 30],
      [20, 10],
      [100, 50],
    ] as const) {
      assert.equal(drawn[3 * (y * 120 + x)], pair.right[3 * (y * 120 + x)], `${x}, ${y}`);
    }
    await rm(join(folder, "a_right.png"));
    await assert.rejects(readStereoPairs(folder, 1280), /no a_right/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

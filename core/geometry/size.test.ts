/** Every way to request a size, with photos of every aspect. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AskedSize,
  clipLayout,
  clipSize,
  FIT_MODES,
  withinLongSide,
  withinShortSide,
} from "./size.js";

test("a size that is left open follows the photo, even and within the limits", () => {
  assert.deepEqual(clipSize({}, { width: 3000, height: 2000 }), { width: 1280, height: 854 });
  assert.deepEqual(clipSize({}, { width: 2000, height: 3000 }), { width: 854, height: 1280 });
  assert.deepEqual(clipSize({ width: 640 }, { width: 300, height: 200 }), {
    width: 640,
    height: 426,
  });
  assert.deepEqual(clipSize({ height: 100 }, { width: 1, height: 1 }), { width: 100, height: 100 });
  assert.deepEqual(clipSize({ width: 66, height: 640 }, { width: 9, height: 9 }), {
    width: 66,
    height: 640,
  });
  // A strip a hundred times as wide as it is high still gives a picture.
  assert.deepEqual(clipSize({}, { width: 10_000, height: 100 }), { width: 1280, height: 64 });
  assert.deepEqual(clipSize({ height: 4096 }, { width: 10_000, height: 100 }), {
    width: 4096,
    height: 4096,
  });
});

test("the longest side is that of the photo", () => {
  const asked = { longestSide: 1920 };
  assert.deepEqual(clipSize(asked, { width: 3000, height: 2000 }), { width: 1920, height: 1280 });
  assert.deepEqual(clipSize(asked, { width: 2000, height: 3000 }), { width: 1280, height: 1920 });
});

const BOX = { width: 1920, height: 1080 };
const PORTRAIT = { width: 2000, height: 3000 };

test("crop fills the box", () => {
  const whole = { x: 0, y: 0, ...BOX };
  assert.deepEqual(clipLayout(BOX, PORTRAIT), { frame: BOX, picture: whole });
  assert.deepEqual(clipLayout({ ...BOX, fit: "crop" }, PORTRAIT), { frame: BOX, picture: whole });
});

test("fit takes the photo's aspect within the box", () => {
  const frame = { width: 720, height: 1080 };
  const layout = clipLayout({ ...BOX, fit: "fit" }, PORTRAIT);
  assert.deepEqual(layout, { frame, picture: { x: 0, y: 0, ...frame } });
});

test("pad keeps the box and centers the whole photo in it", () => {
  assert.deepEqual(clipLayout({ ...BOX, fit: "pad" }, PORTRAIT), {
    frame: BOX,
    picture: { x: 600, y: 0, width: 720, height: 1080 },
  });
  assert.deepEqual(clipLayout({ ...BOX, fit: "pad" }, { width: 4000, height: 1000 }), {
    frame: BOX,
    picture: { x: 0, y: 300, width: 1920, height: 480 },
  });
  const strip = clipLayout({ ...BOX, fit: "pad" }, { width: 10_000, height: 4 });
  assert.deepEqual(strip.picture, { x: 0, y: 538, width: 1920, height: 2 });
});

test("whatever is asked of whatever photo: even, inside the frame, and of the photo's aspect", () => {
  const sides = [undefined, 64, 66, 1080, 1920, 4096];
  const photos = [16, 1001, 4000].flatMap((width) =>
    [16, 750, 3999].map((height) => ({ width, height })),
  );
  for (const photo of photos) {
    for (const fit of FIT_MODES) {
      for (const width of sides) {
        for (const height of sides) {
          const asked: AskedSize = { fit, ...(width && { width }), ...(height && { height }) };
          const { frame, picture } = clipLayout(asked, photo);
          const numbers = [frame.width, frame.height, ...Object.values(picture)];
          const what = JSON.stringify({ asked, photo, frame, picture });
          assert.ok(
            numbers.every((value) => value >= 0 && value % 2 === 0),
            what,
          );
          assert.ok(picture.width >= 2 && picture.x + picture.width <= frame.width, what);
          assert.ok(picture.height >= 2 && picture.y + picture.height <= frame.height, what);
          assert.ok(Math.min(frame.width, frame.height) >= 64, what);
          assert.ok(Math.max(frame.width, frame.height) <= 4096, what);
          if (fit !== "pad") continue;
          // One rounding to even moves a side by at most one pixel.
          const skew = picture.width * photo.height - picture.height * photo.width;
          const thinnest = Math.min(picture.width, picture.height) === 2;
          assert.ok(thinnest || Math.abs(skew) <= 1.001 * (photo.width + photo.height), what);
        }
      }
    }
  }
});

test("a size within a long side stays; a larger one keeps its aspect and at least one pixel", () => {
  const small = { width: 1000, height: 10 };
  assert.equal(withinLongSide(small, 1000), small);
  assert.deepEqual(withinLongSide({ width: 3000, height: 1500 }, 1000), {
    width: 1000,
    height: 500,
  });
  assert.deepEqual(withinLongSide({ width: 1, height: 90_000 }, 1000), { width: 1, height: 1000 });
});

test("a size within a short side stays; a larger one keeps its aspect", () => {
  assert.deepEqual(withinShortSide({ width: 90, height: 60 }, 60), { width: 90, height: 60 });
  assert.deepEqual(withinShortSide({ width: 300, height: 100 }, 33), { width: 99, height: 33 });
});

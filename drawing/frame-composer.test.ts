/** FrameComposer: averaging down is exact, and the picture is placed between black bars. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_EFFECTS } from "../core/scene/effects.js";
import { seededRandom } from "../testing/random.js";
import { byteAt, openEffectStage, type Picture, paint } from "../testing/render/effect-stage.js";
import { countObjects, SCENE_OBJECTS } from "./driver.js";
import { FrameComposer, type FrameLayout } from "./frame-composer.js";

const { gl, runner, upload, read } = await openEffectStage();
const random = seededRandom(2);
const level = () => Math.floor(256 * random());
const noise = (width: number, height: number) =>
  paint({ width, height }, () => [level(), level(), level(), level()]);
const FRAME = { width: 32, height: 24 };
const PLAIN = { effects: NO_EFFECTS, seed: 0, frame: 0 };

function composed(from: Picture, layout: FrameLayout, effects = NO_EFFECTS): Picture {
  const drawn = upload(from);
  const composer = new FrameComposer(gl, runner, layout);
  composer.compose(drawn, { ...PLAIN, effects });
  // Drawn twice: at the second time all targets hold an earlier picture.
  const picture = read(composer.compose(drawn, { ...PLAIN, effects }));
  composer.free();
  drawn.free();
  return picture;
}

test("a frame that needs no step is the drawn target itself", () => {
  const drawn = upload(noise(FRAME.width, FRAME.height));
  const layout = { frame: FRAME, picture: { x: 0, y: 0, ...FRAME }, ssaa: 1 };
  const alive = countObjects(gl, SCENE_OBJECTS);
  assert.equal(new FrameComposer(gl, runner, layout).compose(drawn, PLAIN), drawn);
  assert.equal(alive().textures, 0);
  drawn.free();
});

for (const ssaa of [2, 3, 4]) {
  test(`${ssaa} × ${ssaa} pixels become their mean, in disparity too`, () => {
    const large = noise(ssaa * FRAME.width, ssaa * FRAME.height);
    const small = composed(large, { frame: FRAME, picture: { x: 0, y: 0, ...FRAME }, ssaa });
    for (let y = 0; y < FRAME.height; y++) {
      for (let x = 0; x < FRAME.width; x++) {
        for (const channel of [0, 1, 2, 3]) {
          let sum = 0;
          for (let j = 0; j < ssaa; j++) {
            for (let i = 0; i < ssaa; i++)
              sum += byteAt(large, ssaa * x + i, ssaa * y + j, channel);
          }
          assert.ok(Math.abs(byteAt(small, x, y, channel) - sum / ssaa ** 2) <= 0.51);
        }
      }
    }
  });
}

test("the picture is in its rectangle, counted from the top row, between black bars", () => {
  const picture = { x: 4, y: 2, width: 20, height: 12 };
  const drawn = noise(picture.width, picture.height);
  const frame = composed(drawn, { frame: FRAME, picture, ssaa: 1 });
  for (let row = 0; row < FRAME.height; row++) {
    for (let x = 0; x < FRAME.width; x++) {
      const inside = x >= 4 && x < 24 && row >= 2 && row < 14;
      const [own, wanted] = [
        byteAt(frame, x, FRAME.height - 1 - row, 1),
        inside ? byteAt(drawn, x - 4, picture.height - 1 - (row - 2), 1) : 0,
      ];
      assert.equal(own, wanted, `column ${x}, row ${row}`);
    }
  }
});

test("effects apply to the averaged picture and leave its bars black", () => {
  const picture = { x: 0, y: 4, width: 32, height: 16 };
  const drawn = noise(2 * picture.width, 2 * picture.height);
  const effects = { ...NO_EFFECTS, grain: 0.2, vignette: { intensity: 1, decay: 20 }, sharpen: 1 };
  const whole = { x: 0, y: 0, width: 32, height: 16 };
  const alone = composed(drawn, { frame: whole, picture: whole, ssaa: 2 }, effects);
  const framed = composed(drawn, { frame: FRAME, picture, ssaa: 2 }, effects);
  for (let x = 0; x < 32; x++) {
    assert.equal(byteAt(framed, x, 0, 0), 0);
    assert.equal(byteAt(framed, x, 4 + 7, 0), byteAt(alone, x, 7, 0));
  }
});

test("a composer frees its targets", () => {
  const alive = countObjects(gl, SCENE_OBJECTS);
  const picture = { x: 0, y: 4, width: 32, height: 16 };
  for (let i = 0; i < 10; i++) composed(noise(64, 32), { frame: FRAME, picture, ssaa: 2 });
  for (const [kind, count] of Object.entries(alive())) assert.equal(count, 0, kind);
});

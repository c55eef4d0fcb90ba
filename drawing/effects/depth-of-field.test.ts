/**
 * Depth of field blurs what is out of focus, keeps the brightness, and sharp parts do not bleed.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type EffectState, NO_EFFECTS } from "../../core/scene/effects.js";
import {
  byteAt,
  mostDifference,
  openEffectStage,
  paint,
  statistics,
  textured,
} from "../../testing/render/effect-stage.js";
import { MAX_RADIUS } from "./depth-of-field.js";

const { apply } = await openEffectStage();
const SIZE = { width: 320, height: 200 };
const RADIUS_PIXELS = 2 * MAX_RADIUS * SIZE.height;
const ON: EffectState["depthOfField"] = { ...NO_EFFECTS.depthOfField, intensity: 2 };
const NEAR: EffectState["depthOfField"] = { ...ON, start: 0.4, end: 0 };

test("the mean of a picture changes by less than half a per cent", () => {
  const slope = paint(
    SIZE,
    textured((x) => (255 * x) / SIZE.width),
  );
  for (const depthOfField of [
    ON,
    NEAR,
    { ...ON, intensity: 1 },
    { ...ON, start: 0, exponent: 1 },
  ]) {
    const blurred = apply(slope, { depthOfField });
    for (const channel of [0, 1, 2]) {
      const [before, after] = [slope, blurred].map((each) => statistics(each, channel).mean);
      const change = Math.abs((after ?? 0) / (before ?? 1) - 1);
      assert.ok(change < 0.005, `${JSON.stringify(depthOfField)}: ${100 * change} %`);
    }
  }
});

test("far parts are blurred, and near parts keep every bit", () => {
  const isNear = (x: number) => x < SIZE.width / 2;
  const picture = paint(
    SIZE,
    textured((x) => (isNear(x) ? 255 : 0)),
  );
  const blurred = apply(picture, { depthOfField: ON });
  for (let i = 0; i < picture.rgba.length; i += 4) {
    if (!isNear((i / 4) % SIZE.width)) continue;
    assert.deepEqual(blurred.rgba.subarray(i, i + 3), picture.rgba.subarray(i, i + 3));
  }
  const far = (x: number) => !isNear(x);
  const [before, after] = [picture, blurred].map((each) => statistics(each, 1, far).deviation);
  assert.ok((after ?? 9) < 0.5 * (before ?? 0), `${before} to ${after}`);
});

test("the blur increases from start to end", () => {
  const bands = 8;
  const bandOf = (x: number) => Math.floor((bands * x) / SIZE.width);
  // Depth 0 to 1 from left to right.
  const picture = paint(
    SIZE,
    textured((x) => 255 * (1 - bandOf(x) / (bands - 1))),
  );
  const blurred = apply(picture, { depthOfField: { ...ON, start: 0.5, end: 1, exponent: 1 } });
  const detail = [...Array(bands).keys()].map((band) => {
    const { width } = SIZE;
    const inside = (x: number) =>
      bandOf(x - 6) === band && bandOf(Math.min(width - 1, x + 6)) === band;
    return statistics(blurred, 1, inside).deviation / statistics(picture, 1, inside).deviation;
  });
  assert.deepEqual(detail.slice(0, 4), [1, 1, 1, 1]);
  detail.slice(4).forEach((value, i) => {
    assert.ok(value < (detail[3 + i] ?? 0), `band ${4 + i}: ${detail}`);
  });
});

test("the exponent shapes the ramp between start and end", () => {
  const middle = paint(
    SIZE,
    textured(() => 51),
  );
  const detail = (exponent: number) =>
    statistics(apply(middle, { depthOfField: { ...ON, exponent } }), 1).deviation;
  // Half way from start to end: the radius is 6 pixels times one half to the power of the exponent.
  assert.ok(detail(0.1) < 0.8 * detail(2) && detail(2) < detail(8));
  assert.equal(detail(8), statistics(middle, 1).deviation);
});

test("a sharp object in front does not bleed into the blur behind it", () => {
  const inBox = (x: number, y: number) => Math.abs(x - 160) < 50 && Math.abs(y - 100) < 40;
  const picture = paint(SIZE, (x, y) => (inBox(x, y) ? [255, 0, 0, 255] : [128, 128, 128, 0]));
  const { rgba } = apply(picture, { depthOfField: ON });
  for (let i = 0; i < rgba.length; i++) {
    if (i % 4 === 3) continue;
    const [got = 0, was = 0] = [rgba[i], picture.rgba[i]];
    assert.ok(Math.abs(got - was) <= 1, `${was} became ${got} at byte ${i}`);
  }
});

test("a blurred object in front has a soft outline over the sharp background", () => {
  const edge = 160;
  const picture = paint(SIZE, (x) => (x < edge ? [255, 0, 0, 255] : [0, 0, 255, 0]));
  const blurred = apply(picture, { depthOfField: NEAR });
  const red = [...Array(Math.ceil(RADIUS_PIXELS) + 6).keys()].map((i) =>
    byteAt(blurred, edge + i, 100, 0),
  );
  assert.ok((red[1] ?? 0) > 128, `${red}`);
  for (const [i, value] of red.entries())
    assert.ok(i === 0 || value <= (red[i - 1] ?? 0), `${red}`);
  const halfWay = red[Math.round(RADIUS_PIXELS / 2)] ?? 0;
  assert.ok(halfWay > 20 && halfWay < 220, `${red}`);
  assert.equal(red.at(-1), 0);
});

test("a small blurred object hides no more of a surface behind it than its disks cover", () => {
  const inPatch = (x: number, y: number) => Math.abs(x - 160) < 2 && Math.abs(y - 100) < 2;
  // Out of focus by 1 and by a tenth.
  const picture = paint(SIZE, (x, y) => (inPatch(x, y) ? [0, 0, 0, 255] : [200, 200, 200, 140]));
  const depthOfField = { ...NEAR, start: 0.5, exponent: 1 };
  const blurred = apply(picture, { depthOfField });
  for (const away of [4, 6]) {
    const value = byteAt(blurred, 160 + away, 100, 0);
    assert.ok(value > 100 && value < 200, `${value}, ${away} pixels away`);
  }
  assert.equal(byteAt(blurred, 160 + Math.ceil(RADIUS_PIXELS) + 8, 100, 0), 200);
});

test("a plain surface stays plain with few and many samples", () => {
  const plain = paint(SIZE, () => [200, 100, 50, 0]);
  for (const quality of [1, 16]) {
    for (const directions of [4, 32]) {
      for (const way of [ON, { ...NEAR, start: 1, end: 0.9 }]) {
        const most = mostDifference(
          apply(plain, { depthOfField: { ...way, quality, directions } }),
          plain,
        );
        assert.ok(most <= 1, `${quality} × ${directions}: ${most}`);
      }
    }
  }
});

test("a start that equals the end makes a step", () => {
  const picture = paint(
    SIZE,
    textured((x) => (x < 160 ? 140 : 110)),
  );
  const blurred = apply(picture, { depthOfField: { ...ON, start: 0.5, end: 0.5 } });
  const detail = (left: boolean) =>
    statistics(blurred, 1, (x) => (left ? x < 150 : x >= 170)).deviation /
    statistics(picture, 1, (x) => (left ? x < 150 : x >= 170)).deviation;
  assert.equal(detail(true), 1);
  assert.ok(detail(false) < 0.7, String(detail(false)));
});

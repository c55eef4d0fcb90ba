/**
 * Every row of the table: both ends, what lies beyond, and that it is a value of a frame's state
 * with the same default.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DepthmeshError } from "../errors.js";
import { DEFAULT_CAMERA } from "../scene/camera.js";
import { NO_EFFECTS } from "../scene/effects.js";
import { readState } from "../scene/frame-state.js";
import { checkParameter, type NumberRow, type ParameterRow, rangeText } from "./parameters/row.js";
import { findParameter, PARAMETERS, STATE_PARAMETERS } from "./parameters.js";

const ROWS = Object.values<ParameterRow>(PARAMETERS);

for (const row of ROWS) {
  if (row.kind !== "number") continue;
  const { allowed, refused } = ends(row);
  test(`${row.name}: allows ${allowed.join(", ")}`, () => {
    for (const value of allowed) assert.equal(checkParameter(row, value), value);
    if (row.defaultValue !== undefined) checkParameter(row, row.defaultValue);
  });
  test(`${row.name}: refuses ${refused.join(", ")}, with its range`, () => {
    for (const value of refused) {
      assert.throws(
        () => checkParameter(row, value),
        (error: DepthmeshError) => {
          assert.equal(error.reason, "PARAMETER_OUT_OF_RANGE");
          assert.equal(error.metadata.field, row.name);
          assert.equal(error.metadata.actual, String(value));
          assert.equal(error.metadata.limit_minimum, String(row.minimum));
          assert.equal(error.metadata.limit_maximum, String(row.maximum));
          assert.equal(error.metadata.limit_excluded, row.exclusive);
          assert.ok(error.message.includes(rangeText(row)), error.message);
          return true;
        },
      );
    }
  });
}

/** The outermost allowed values, and those just outside. */
function ends(row: NumberRow): { allowed: number[]; refused: number[] } {
  const { minimum, maximum, exclusive, step } = row;
  const grain = step || 1e-6;
  const refused = [minimum - grain, maximum + grain, Number.NaN, 1 / 0, -1 / 0];
  if (step > 0) refused.push(minimum + step / 2);
  if (exclusive === "minimum") return { allowed: [grain, maximum], refused: [...refused, minimum] };
  if (exclusive === "maximum") {
    return { allowed: [minimum, maximum - grain], refused: [...refused, maximum] };
  }
  return { allowed: [minimum, maximum], refused };
}

test("flags are true or false, choices one of their words", () => {
  const flag = PARAMETERS["camera.sticky"];
  assert.equal(checkParameter(flag, false), false);
  for (const value of [0, 1, "true"]) {
    assert.throws(() => checkParameter(flag, value), { reason: "PARAMETER_OUT_OF_RANGE" });
  }
  const choice = PARAMETERS["clip.fit"];
  assert.equal(checkParameter(choice, "pad"), "pad");
  for (const value of ["stretch", "", "PAD", 1]) {
    assert.throws(() => checkParameter(choice, value), { reason: "PARAMETER_UNKNOWN" });
  }
});

test("a number is no word, and a page of text is cut", () => {
  const row = PARAMETERS["camera.height"];
  assert.throws(
    () => checkParameter(row, "x".repeat(1000)),
    (error: DepthmeshError) => error.metadata.actual?.length === 64,
  );
});

test("the ranges of the camera and the exclusive ends in words", () => {
  assert.equal(rangeText(PARAMETERS["camera.height"]), "0 to below 1");
  assert.equal(rangeText(PARAMETERS["camera.zoom"]), "above 0 to 2");
  assert.equal(rangeText(PARAMETERS["clip.width"]), "64 to 4096 pixels, multiples of 2");
  assert.equal(rangeText(PARAMETERS["clip.ssaa"]), "1 to 4 samples per side, whole numbers");
  assert.equal(rangeText(PARAMETERS["clip.fit"]), "crop, fit or pad");
});

test("every parameter of a frame's state is there, under its name and with its default", () => {
  const state = { camera: DEFAULT_CAMERA, effects: NO_EFFECTS };
  const rows = Object.values<ParameterRow>(STATE_PARAMETERS);
  for (const row of rows) assert.equal(readState(state, row.name), row.defaultValue, row.name);
  const leaves = (node: unknown): number =>
    typeof node === "object" && node !== null
      ? Object.values(node).reduce((sum: number, inner) => sum + leaves(inner), 0)
      : 1;
  assert.equal(rows.length, leaves(state), "no value of the state is missing in the table");
});

test("a row is found by its own name only", () => {
  assert.equal(findParameter("camera.zoom")?.name, "camera.zoom");
  for (const name of ["", "zoom", "toString", "__proto__"]) {
    assert.equal(findParameter(name), undefined);
  }
});

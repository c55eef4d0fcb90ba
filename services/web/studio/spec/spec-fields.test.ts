import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParameterRow, ParameterValue } from "../../../../core/spec/parameters/row.js";
import { PARAMETERS } from "../../../../core/spec/parameters.js";
import { JobSpec } from "../../../../proto/gen/depthmesh/v1/spec.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { fromWireSpec } from "../../../../wire/spec.js";
import { messageOf } from "../../json/descriptors.js";
import { encodeJson } from "../../json/proto-json.js";
import { fieldOf, setFields, withField } from "./spec-fields.js";

const OF_LISTS = ["outputs.", "motions."];
const rows = Object.values(PARAMETERS) as readonly ParameterRow[];
const plainRows = rows.filter(({ name }) => !OF_LISTS.some((list) => name.startsWith(list)));

function valuesOf(row: ParameterRow): readonly ParameterValue[] {
  if (row.kind === "choice") return row.choices;
  if (row.kind === "flag") return [true, false];
  return [row.minimum, row.maximum];
}

test("every value of every parameter is a field that the protocol takes, and is read again", () => {
  for (const row of plainRows) {
    for (const value of valuesOf(row)) {
      const spec = withField<JobSpecJson>({}, row, value);
      assert.equal(fieldOf(spec, row), value, row.name);
      const request = fromWireSpec(JobSpec.decode(encodeJson(messageOf("JobSpec"), spec)));
      if (row.name.startsWith("depth.map.")) continue;
      if (row.name === "clip.frame_rate") assert.equal(request.frameRate?.numerator, value);
      else assert.equal(request.fields[row.name as keyof typeof request.fields], value, row.name);
    }
  }
});

test("every value of an output's parameter is a field that the protocol takes", () => {
  for (const row of rows.filter(({ name }) => name.startsWith("outputs."))) {
    const path = row.name.slice("outputs.".length);
    for (const value of valuesOf(row)) {
      const output = withField({}, row, value, path);
      assert.equal(fieldOf(output, row, path), value, row.name);
      encodeJson(messageOf("Output"), output);
    }
  }
});

function rowNamed(name: string): ParameterRow {
  const row = rows.find((each) => each.name === name);
  assert.ok(row, name);
  return row;
}

test("a field that is taken away leaves no empty messages, and its siblings stay", () => {
  const start = rowNamed("effects.depth_of_field.start");
  const grain = rowNamed("effects.grain");
  const both = withField(withField({}, start, 0.25), grain, 0.5);
  assert.deepEqual(both, { effects: { depthOfField: { start: 0.25 }, grain: 0.5 } });
  assert.deepEqual(setFields(both, rows), ["effects.depth_of_field.start", "effects.grain"]);
  const one = withField(both, start, undefined);
  assert.deepEqual(one, { effects: { grain: 0.5 } });
  assert.deepEqual(withField(one, grain, undefined), {});
  assert.deepEqual(
    both.effects,
    { depthOfField: { start: 0.25 }, grain: 0.5 },
    "nothing is changed in place",
  );
});

test("a field that holds what its row cannot is as if it were not set", () => {
  const grain = rowNamed("effects.grain");
  assert.equal(fieldOf({ effects: "x" }, grain), undefined);
  assert.equal(fieldOf({ effects: { grain: "much" } }, grain), undefined);
  assert.equal(fieldOf({ quality: "QUALITY_UNSPECIFIED" }, rowNamed("quality")), undefined);
  assert.equal(fieldOf({ quality: 7 }, rowNamed("quality")), undefined);
});

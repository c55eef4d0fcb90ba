import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParameterRow } from "../../../../core/spec/parameters/row.js";
import { PARAMETERS } from "../../../../core/spec/parameters.js";
import { groupOf, groupsOf } from "./parameter-groups.js";

const rows = Object.values(PARAMETERS) as readonly ParameterRow[];

test("every parameter is in one group, or has an editor of its own", () => {
  const shown = groupsOf(rows).flatMap(({ sections }) => sections.flatMap((each) => each.rows));
  assert.equal(new Set(shown).size, shown.length);
  const elsewhere = rows.filter((row) => !shown.includes(row)).map(({ name }) => name);
  assert.ok(elsewhere.length > 0);
  for (const name of elsewhere) assert.match(name, /^(outputs|motions|depth\.map)\./);
});

test("a parameter of a later version is shown among the others", () => {
  assert.equal(groupOf("shutter_angle"), "other");
  assert.equal(groupOf("effects.halation.intensity"), "effects");
});

test("the fields of one effect are a section", () => {
  const effects = groupsOf(rows).find(({ id }) => id === "effects");
  const names = effects?.sections.map(({ name }) => name);
  assert.ok(names?.includes("depth_of_field"));
  assert.ok(names?.includes(""), "grain and sharpen are fields of the effects themselves");
});

test("a search finds names, labels, units and meanings, and leaves out empty groups", () => {
  const names = (search: string) =>
    groupsOf(rows, search).flatMap(({ sections }) =>
      sections.flatMap((each) => each.rows.map(({ name }) => name)),
    );
  assert.deepEqual(names("depth_of_field exponent"), ["effects.depth_of_field.exponent"]);
  assert.ok(names("film grain").includes("effects.grain"));
  assert.ok(names("TURNS").includes("camera.phase"));
  assert.deepEqual(groupsOf(rows, "no such thing"), []);
});

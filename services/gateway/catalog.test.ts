/** The catalog says what the tables say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PARAMETERS } from "../../core/spec/parameters.js";
import {
  ListPresetsResponse,
  ParameterKind,
} from "../../proto/gen/depthmesh/v1/catalog_service.js";
import { presetList } from "./catalog.js";

test("the catalog gives every parameter as the table has it", () => {
  const { presets, parameters } = ListPresetsResponse.decode(
    ListPresetsResponse.encode(presetList()).finish(),
  );
  assert.deepEqual(
    parameters.map(({ name }) => name),
    Object.keys(PARAMETERS),
  );
  const of = (name: string) => parameters.find((parameter) => parameter.name === name);
  const height = of("camera.height");
  assert.ok(height?.animatable && height.maximumExcluded && !height.minimumExcluded);
  assert.deepEqual([height.minimum, height.maximum, height.defaultValue], [0, 1, 0.2]);
  assert.equal(of("clip.width")?.defaultValue, undefined);
  assert.equal(of("clip.ssaa")?.step, 1);
  assert.equal(of("camera.sticky")?.kind, ParameterKind.PARAMETER_KIND_FLAG);
  assert.deepEqual(of("clip.fit")?.choices, ["crop", "fit", "pad"]);
  assert.equal(of("clip.fit")?.defaultChoice, "crop");
  assert.deepEqual(
    presets.filter(({ oneWay }) => oneWay).map(({ name }) => name),
    ["zoom-in", "zoom-in-smooth", "zoom-out", "zoom-out-smooth", "push-in"],
  );
});

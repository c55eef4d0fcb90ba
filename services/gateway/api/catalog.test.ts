/**
 * The catalogue lists what the tables contain, and CreateJob refuses codecs that no worker can
 * encode.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DepthmeshError } from "../../../core/errors.js";
import type { EncoderFacts } from "../../../core/output/codecs.js";
import { combinations } from "../../../core/output/containers.js";
import { PARAMETERS } from "../../../core/spec/parameters.js";
import { resolveOutputs } from "../../../core/spec/resolve-outputs.js";
import {
  ListPresetsResponse,
  ParameterKind,
} from "../../../proto/gen/depthmesh/v1/catalog_service.js";
import { checkEncodable, encoderList, listPresets } from "./catalog.js";

test("ListPresets lists every parameter as its table defines it", () => {
  const { presets, parameters } = ListPresetsResponse.decode(
    ListPresetsResponse.encode(listPresets()).finish(),
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

const facts = (name: string, codec: EncoderFacts["codec"], works = true): EncoderFacts => ({
  ...{ name, codec, works },
  ...{ hardware: "", failure: works ? "" : "not found", framesPerSecond: works ? 20 : 0 },
});
const WORKERS = new Map([
  ["encode-a", [facts("libx264", "h264"), facts("libsvtav1", "av1", false)]],
  ["encode-b", [facts("gif", "gif")]],
]);
const outputs = (container: string) =>
  resolveOutputs([{ container }], { numerator: 30, denominator: 1 });

test("a codec is accepted if some encode worker has it, or if no worker is known", () => {
  checkEncodable(outputs("mp4"), WORKERS);
  checkEncodable(outputs("gif"), WORKERS);
  checkEncodable(outputs("webm"), new Map());
  assert.throws(
    () => checkEncodable(outputs("webm"), WORKERS),
    (error: DepthmeshError) => {
      assert.equal(error.reason, "CODEC_UNAVAILABLE");
      assert.equal(error.metadata.known, "h264 gif");
      return true;
    },
  );
});

test("several codecs are refused if no single encode worker has all of them", () => {
  const both = [...outputs("mp4"), ...outputs("gif")];
  assert.throws(
    () => checkEncodable(both, WORKERS),
    (error: DepthmeshError) => {
      assert.deepEqual([error.reason, error.metadata.codec], ["CODEC_UNAVAILABLE", "h264 gif"]);
      assert.match(error.message, /no single encode worker/);
      return true;
    },
  );
  const [, ...withoutFirst] = WORKERS;
  const allRounder = [facts("libx264", "h264"), facts("gif", "gif")];
  checkEncodable(both, new Map([["encode-c", allRounder], ...withoutFirst]));
});

test("ListEncoders lists every combination of container and codec, and each encoder with its worker", () => {
  const { formats, encoders } = encoderList(WORKERS);
  assert.equal(formats.length, combinations().length);
  const available = formats.filter(({ available }) => available);
  assert.deepEqual(
    available.map(({ container, codec }) => `${container} ${codec}`),
    ["mp4 h264", "mov h264", "gif gif"],
  );
  assert.deepEqual(
    encoders.map(({ worker, name, works }) => `${worker} ${name} ${works}`),
    ["encode-a libx264 true", "encode-a libsvtav1 false", "encode-b gif true"],
  );
});

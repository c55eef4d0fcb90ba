/** The OpenAPI document is valid, complete, and says what the tables say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { REASONS } from "../../../core/error-reasons.js";
import { PRESET_NAMES } from "../../../core/scene/presets.js";
import { PARAMETERS } from "../../../core/spec/parameters.js";
import { openApiDocument } from "./document.js";
import type { JsonSchema, Operation } from "./schema.js";

const document = openApiDocument();
const { schemas } = document.components;

const operations = Object.entries(document.paths).flatMap(([path, verbs]) =>
  Object.entries(verbs).map(([verb, operation]) => ({ path, verb, operation })),
);

function operationOf(id: string): Operation {
  const found = operations.find(({ operation }) => operation.operationId === id);
  assert.ok(found, id);
  return found.operation;
}

/** The schema of a field, where the message is a component. */
function field(message: string, name: string): JsonSchema {
  const found = schemas[message]?.properties?.[name];
  assert.ok(found, `${message}.${name}`);
  return found;
}

test("it is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(document)));
  assert.ok(valid, JSON.stringify(errors));
  assert.equal(validator.version, "3.1");
});

test("every reference leads to a component, and every component is referred to", () => {
  const text = JSON.stringify(document);
  const named = new Set(
    [...text.matchAll(/"\$ref":"#\/components\/schemas\/([\w.]+)"/g)].map(([, name]) => name),
  );
  assert.deepEqual([...named].sort(), Object.keys(schemas).sort());
});

test("operations have names of their own, and each path parameter is described", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
  for (const { path, operation } of operations) {
    const described = operation.parameters?.filter(({ in: where }) => where === "path") ?? [];
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    assert.deepEqual(
      described.map(({ name }) => name),
      inPath,
      path,
    );
  }
});

test("fields say in JSON Schema what proto3 says about their JSON", () => {
  assert.equal(field("Artifact", "sizeBytes").type, "string");
  assert.equal(field("Job", "createTime").format, "date-time");
  assert.deepEqual(field("Job", "labels").additionalProperties, { type: "string" });
  assert.equal(field("Job", "state").$ref, "#/components/schemas/JobState");
  assert.ok(schemas.JobState?.enum?.includes("JOB_STATE_QUEUED"));
  assert.equal(field("Job", "notes").items?.$ref, "#/components/schemas/Note");
  assert.match(schemas.Job?.description ?? "", /One conversion/);
  assert.match(field("Job", "traceId").description ?? "", /32 hexadecimal digits/);
});

test("a oneof takes one member or none", () => {
  assert.deepEqual(schemas.Motion?.oneOf, [
    { required: ["components"] },
    { required: ["keyframes"] },
    { required: ["values"] },
    { properties: { components: false, keyframes: false, values: false } },
  ]);
});

test("requests refuse unknown fields, answers may grow", () => {
  assert.equal(schemas.JobSpec?.additionalProperties, false);
  assert.equal(schemas.Camera?.additionalProperties, false);
  assert.equal(schemas.Job?.additionalProperties, undefined);
});

test("parameters have the range, the unit, the default and the choices of their table", () => {
  const { minimum, maximum, defaultValue } = PARAMETERS["camera.intensity"];
  const intensity = field("Camera", "intensity");
  assert.deepEqual(
    [intensity.minimum, intensity.maximum, intensity.default],
    [minimum, maximum, defaultValue],
  );
  assert.equal(field("Camera", "height").exclusiveMaximum, PARAMETERS["camera.height"].maximum);
  assert.equal(field("Camera", "height")["x-animatable"], true);
  assert.equal(field("Clip", "durationSeconds")["x-unit"], "s");
  assert.equal(field("Clip", "width").multipleOf, 2);
  assert.deepEqual(field("Camera", "preset").enum, ["", ...PRESET_NAMES]);
  assert.equal(field("Output", "dither").default, "DITHER_SIERRA2_4A");
});

test("a vector has the range of the parameter that holds it", () => {
  assert.equal(field("Vector", "y").maximum, undefined);
  const y = (name: string) => field("Camera", name).properties?.y;
  assert.deepEqual((y("offset") as JsonSchema).maximum, PARAMETERS["camera.offset.y"].maximum);
  assert.deepEqual((y("target") as JsonSchema).maximum, PARAMETERS["camera.target.y"].maximum);
});

test("the failures of an operation have the reasons that its method's comment names", () => {
  const cancel = operationOf("cancelJob").responses;
  assert.match(cancel["409"]?.description ?? "", /JOB_ALREADY_TERMINAL/);
  assert.match(cancel["404"]?.description ?? "", /JOB_NOT_FOUND/);
  assert.doesNotMatch(cancel["404"]?.description ?? "", /UPLOAD_NOT_FOUND/);
  assert.deepEqual(schemas.ErrorReason?.enum, Object.keys(REASONS));
});

test("a body has no field that the path has", () => {
  const retry = operationOf("retryJob").requestBody?.content["application/json"]?.schema;
  assert.deepEqual(Object.keys(retry?.properties ?? {}), ["fromStage", "requestId"]);
});

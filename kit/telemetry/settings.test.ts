/** Which signals the variables of OpenTelemetry ask for, and the attributes that they give. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings } from "../config.js";
import { resourceOf } from "./resource.js";
import { pushes, TELEMETRY_SETTINGS } from "./settings.js";

const read = (environment: Record<string, string>) => readSettings(TELEMETRY_SETTINGS, environment);
const pushed = (environment: Record<string, string>) =>
  (["traces", "metrics", "logs"] as const).filter((signal) => pushes(read(environment), signal));

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4317" };

test("nothing is pushed unasked; an endpoint asks for traces and metrics, logs for themselves", () => {
  assert.deepEqual(pushed({}), []);
  assert.deepEqual(pushed(ENDPOINT), ["traces", "metrics"]);
  assert.deepEqual(pushed({ ...ENDPOINT, OTEL_LOGS_EXPORTER: "otlp" }), [
    ...["traces", "metrics", "logs"],
  ]);
  assert.deepEqual(pushed({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://a:1" }), ["metrics"]);
  assert.deepEqual(pushed({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://a:1" }), ["logs"]);
  assert.deepEqual(pushed({ ...ENDPOINT, OTEL_TRACES_EXPORTER: "none" }), ["metrics"]);
  assert.deepEqual(pushed({ OTEL_METRICS_EXPORTER: "otlp" }), ["metrics"]);
  assert.deepEqual(pushed({ ...ENDPOINT, OTEL_SDK_DISABLED: "true" }), []);
});

test("attributes of the resource are decoded; OTEL_SERVICE_NAME comes before them", () => {
  const self = { service: "render", worker: "render-a", version: "1" };
  const attributes = (environment: Record<string, string>) =>
    resourceOf(self, read(environment)).attributes;
  assert.deepEqual(attributes({}), {
    "service.name": "depthmesh-render",
    "service.instance.id": "render-a",
    "service.version": "1",
  });
  const given = { OTEL_RESOURCE_ATTRIBUTES: "team=a%2Cb, zone = 1 ,service.name=mine" };
  const { team, zone, ...rest } = attributes(given);
  assert.deepEqual([team, zone, rest["service.name"]], ["a,b", "1", "mine"]);
  const named = attributes({ ...given, OTEL_SERVICE_NAME: "other" });
  assert.equal(named["service.name"], "other");
});

test("pairs that are none, and shares beyond 1, are refused with the variable's name", () => {
  for (const value of ["team", "=x", "a=b=c", "a=%zz"]) {
    assert.throws(() => read({ OTEL_RESOURCE_ATTRIBUTES: value }), /OTEL_RESOURCE_ATTRIBUTES is/);
  }
  assert.throws(() => read({ OTEL_TRACES_SAMPLER_ARG: "1.5" }), /a number from 0 to 1/);
});

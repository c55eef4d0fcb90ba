/** The text that Prometheus reads: names, units, buckets, exemplars, and characters to escape. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { readSettings } from "../config.js";
import { increment, measure, offerMetric } from "./metrics.js";
import { TELEMETRY_SETTINGS } from "./settings.js";
import { startMetrics } from "./start-metrics.js";

const CONFIG = readSettings(TELEMETRY_SETTINGS, {});
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const inTrace = (traceFlags: number) =>
  trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE, spanId: "b7ad6b7169203331", traceFlags });

async function encodeMetrics(attributes: Record<string, string> = {}) {
  const metrics = await startMetrics("encode", resourceFromAttributes(attributes), CONFIG);
  return metrics;
}

test("a histogram has cumulative buckets, a sum, a count, and the trace of a measurement", async () => {
  const metrics = await encodeMetrics();
  const of = { "depthmesh.step": "store" } as const;
  measure("depthmesh.stage.step.duration", 0.3, of, inTrace(1));
  measure("depthmesh.stage.step.duration", 0.007, of, inTrace(0));
  measure("depthmesh.stage.step.duration", 1e9, of, inTrace(1));
  const text = await metrics.text(true);
  const bucket = (le: string) =>
    new RegExp(`^.*step_duration_seconds_bucket\\{.*le="${le}"\\} (.*)$`, "m").exec(text)?.[1];
  assert.equal(bucket("0.005"), "0");
  assert.equal(bucket("0.01"), "1", "a trace that is not kept is no exemplar");
  assert.match(
    bucket("0.5") ?? "",
    new RegExp(`^2 # \\{trace_id="${TRACE}",span_id="b7a.*"\\} 0.3 \\d+`),
  );
  assert.match(bucket("\\+Inf") ?? "", /^3 # .* 1000000000 /);
  assert.match(text, /step_duration_seconds_count\{depthmesh_step="store"\} 3/);
  assert.match(text, /# UNIT depthmesh_stage_step_duration_seconds seconds/);
  assert.ok(text.endsWith("# EOF\n"));
  const plain = await metrics.text(false);
  assert.doesNotMatch(plain, /# \{|# EOF|# UNIT/);
  await metrics.close();
});

test("counters end with _total, in the head of the older format only", async () => {
  const metrics = await encodeMetrics();
  increment("depthmesh.encode.frames", {}, 3);
  assert.match(
    await metrics.text(true),
    /# TYPE depthmesh_encode_frames counter\n.*\ndepthmesh_encode_frames_total 3/,
  );
  assert.match(
    await metrics.text(false),
    /# TYPE depthmesh_encode_frames_total counter\n.*\ndepthmesh_encode_frames_total 3/,
  );
  await metrics.close();
});

test("an operator's attributes are escaped, and shown once for all series", async () => {
  const metrics = await encodeMetrics({ "team-name": 'a"b\\c\nd' });
  const text = await metrics.text(true);
  assert.match(
    text,
    /^# TYPE target info\n# HELP .*\ntarget_info\{team_name="a\\"b\\\\c\\nd"\} 1$/m,
  );
  await metrics.close();
});

test("readings come from all who offer; one that fails is left out, one that ends is gone", async () => {
  const metrics = await encodeMetrics();
  const attributes = { "depthmesh.disk": "work" } as const;
  const stops = [
    offerMetric("depthmesh.disk.free", () => [{ value: 5, attributes }]),
    offerMetric("depthmesh.disk.free", () => Promise.reject(new Error("no such folder"))),
  ];
  assert.match(await metrics.text(true), /disk_free_bytes\{depthmesh_disk="work"\} 5/);
  for (const stop of stops) stop();
  assert.doesNotMatch(await metrics.text(true), /disk_free_bytes\{/);
  await metrics.close();
});

test("a service has the metrics of its own only, and nothing is kept after the end", async () => {
  const metrics = await encodeMetrics();
  increment("depthmesh.jobs.accepted", { "depthmesh.lane": "high" });
  assert.doesNotMatch(await metrics.text(true), /jobs_accepted/);
  assert.match(await metrics.text(true), /process_memory_usage_bytes [1-9]/);
  await metrics.close();
  increment("depthmesh.encode.frames", {}, 3);
});

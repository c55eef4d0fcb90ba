/** Spans as messages: what is stored is checked, times keep their fractions, texts are cut. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SpanRecord } from "../kit/telemetry/trace-files.js";
import { JobTrace } from "../proto/gen/depthmesh/v1/job_service.js";
import { fromWireTrace, spanIn, toWireSpan } from "./trace.js";

const TRACE = "c0ffee".padEnd(32, "0");
const START_MS = Date.UTC(2026, 10, 30);
const span = (change: Partial<SpanRecord> = {}): SpanRecord => ({
  ...{ traceId: TRACE, spanId: "a".repeat(16), parentId: null, service: "depthmesh-depth" },
  ...{ worker: "depth-host-7-ab12", name: "process depth", attributes: {} },
  ...{ startMs: START_MS + 20.25, durationMs: 3.5, ...change },
});

test("a span keeps its names, its times and its facts as text", () => {
  const events = [{ name: "degraded", atMs: START_MS + 21.5, attributes: { from: "cuda" } }];
  const attributes = { "depthmesh.cache_hit": false, bytes: 12, model: "m", list: ["a", 1] };
  const parentId = "b".repeat(16);
  const record = span({ parentId, error: "STAGE_STALLED", attributes, events });
  const sent = toWireSpan(record, START_MS);
  assert.deepEqual([sent.service, sent.worker], ["depth", "depth-host-7-ab12"]);
  assert.deepEqual([sent.parentSpanId, sent.error], [parentId, "STAGE_STALLED"]);
  assert.deepEqual([sent.offsetMs, sent.durationMs], [20.25, 3.5]);
  assert.deepEqual(
    [sent.startTime, sent.endTime],
    [new Date(START_MS + 20), new Date(START_MS + 23)],
  );
  assert.deepEqual(sent.attributes, {
    ...{ "depthmesh.cache_hit": "false", bytes: "12", model: "m", list: '["a",1]' },
  });
  assert.deepEqual(sent.events, [
    { name: "degraded", offsetMs: 21.5, attributes: { from: "cuda" } },
  ]);
});

test("a drawing gets the spans of an answer with their fractions", () => {
  const records = [span({ startMs: START_MS, durationMs: 90 }), span({ error: "INTERNAL" })];
  const spans = records.map((record) => toWireSpan(record, START_MS));
  const trace = JobTrace.fromPartial({ name: "jobs/j", traceId: TRACE, spans });
  const [first, second] = fromWireTrace(JobTrace.decode(JobTrace.encode(trace).finish()));
  assert.deepEqual([first?.startMs, first?.durationMs, first?.error], [START_MS, 90, undefined]);
  assert.deepEqual([second?.startMs, second?.parentId], [START_MS + 20.25, null]);
  assert.deepEqual([second?.service, second?.error], ["depth", "INTERNAL"]);
});

test("a line that is torn, of another trace, or no span is passed over", () => {
  const line = (change: object) => JSON.stringify({ ...span(), ...change });
  assert.equal(spanIn(line({}), TRACE)?.name, "process depth");
  assert.equal(spanIn(line({ worker: undefined }), TRACE)?.worker, undefined);
  const broken = [
    ...[line({}).slice(0, -5), "", "null", "[]", line({ traceId: "d".repeat(32) })],
    ...[line({ spanId: "x" }), line({ startMs: "now" }), line({ startMs: 1e300 })],
    ...[line({ attributes: 7 }), line({ name: null })],
  ];
  for (const one of broken) assert.equal(spanIn(one, TRACE), undefined, one);
});

test("long texts are cut, controls are replaced, and attributes are counted", () => {
  const attributes = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`fact${i}`, "\u001b".repeat(9_999)]),
  );
  const sent = toWireSpan(span({ name: "n\u0007".repeat(999), attributes }), START_MS);
  assert.ok(Buffer.byteLength(sent.name) <= 256);
  assert.doesNotMatch(JSON.stringify(sent), /\\u00/);
  assert.equal(Object.keys(sent.attributes).length, 32);
  assert.ok(Object.values(sent.attributes).every((value) => Buffer.byteLength(value) <= 256));
});

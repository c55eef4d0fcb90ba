/** Which traces reach the files: those with a span that asks for it, whenever it does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { context, type Span, trace } from "@opentelemetry/api";
import { NodeTracerProvider, type ReadableSpan } from "@opentelemetry/sdk-trace-node";
import { KEEPING, KeptTraces } from "./kept-traces.js";

function tracing() {
  const written: string[] = [];
  const exporter = {
    export: (spans: ReadableSpan[]) => void written.push(...spans.map(({ name }) => name)),
    shutdown: async () => {},
  };
  const kept = new KeptTraces(exporter);
  const provider = new NodeTracerProvider({ spanProcessors: [kept] });
  const tracer = provider.getTracer("test");
  const root = (name: string) => tracer.startSpan(name, { root: true });
  const child = (name: string, of: Span) =>
    tracer.startSpan(name, {}, trace.setSpan(context.active(), of));
  return { written, kept, root, child };
}

test("a trace without a job is dropped", () => {
  const { written, kept, root, child } = tracing();
  const call = root("refused");
  child("inner", call).end();
  call.end();
  assert.deepEqual(written, []);
  assert.equal(kept.has(call.spanContext().traceId), false);
});

test("a job makes the whole trace kept: what ended before it, and each later span as it ends", () => {
  const { written, kept, root, child } = tracing();
  const call = root("upload");
  child("before", call).end();
  assert.deepEqual(written, []);
  const publish = child("publish", call);
  publish.setAttribute(KEEPING.job, "j");
  publish.end();
  assert.deepEqual(written, ["before", "publish"]);
  child("after", call).end();
  call.end();
  assert.deepEqual(written, ["before", "publish", "after", "upload"]);
  assert.equal(kept.has(call.spanContext().traceId), true);
  const empty = root("checked only");
  empty.setAttribute(KEEPING.job, "");
  empty.end();
  assert.deepEqual(written.length, 4);
});

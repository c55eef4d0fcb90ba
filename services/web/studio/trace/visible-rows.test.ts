/** Rows that are open, closed, and reached by keys. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inTreeOrder } from "../../../../core/trace/span-tree.js";
import type { JobSpan } from "./job-trace.js";
import { closedAtFirst, keyMove, openedFor, placesOf, visibleRows } from "./visible-rows.js";

function span(spanId: string, parentId: string | null, startMs: number, error = ""): JobSpan {
  return {
    ...{ spanId, parentId, name: spanId, startMs, durationMs: 1, error },
    ...{ service: "depth", worker: "", startTime: "", facts: [], events: [] },
  };
}

/** a > (b > c), d */
const ROWS = inTreeOrder([
  span("a", null, 0),
  span("b", "a", 1),
  span("c", "b", 2),
  span("d", "a", 3),
]);
const ids = (closed: readonly string[]) =>
  visibleRows(ROWS, new Set(closed)).map(({ span: { spanId } }) => spanId);

test("a closed row hides all that lies within it", () => {
  assert.deepEqual(ids([]), ["a", "b", "c", "d"]);
  assert.deepEqual(ids(["b"]), ["a", "b", "d"]);
  assert.deepEqual(ids(["a", "b"]), ["a"]);
  assert.deepEqual([...openedFor(ROWS, new Set(["a", "b"]), "c")], []);
  assert.deepEqual([...openedFor(ROWS, new Set(["a", "b"]), "d")], ["b"]);
});

test("a large trace begins closed, but shows the way to an error", () => {
  const spans = [span("job", null, 0)];
  for (let stage = 0; stage < 10; stage++) {
    spans.push(span(`s${stage}`, "job", 10 * stage));
    for (let i = 0; i < 100; i++) {
      const error = stage === 3 && i === 50 ? "INTERNAL" : "";
      spans.push(span(`s${stage}.${i}`, `s${stage}`, 10 * stage + i / 200, error));
    }
  }
  const rows = inTreeOrder(spans);
  const visible = visibleRows(rows, closedAtFirst(rows)).map(({ span: { spanId } }) => spanId);
  assert.equal(visible.length, 111, "the job, its ten stages, and the hundred of the one");
  assert.ok(visible.includes("s3.50"));
  assert.equal(closedAtFirst(ROWS).size, 0);
});

test("keys move as in a tree", () => {
  const move = (key: string, at: string, closed: readonly string[] = []) =>
    keyMove(key, visibleRows(ROWS, new Set(closed)), new Set(closed), at);
  assert.deepEqual(move("ArrowDown", "a"), { to: "b" });
  assert.deepEqual(move("ArrowDown", "d"), { to: "d" });
  assert.deepEqual(move("ArrowUp", "d", ["b"]), { to: "b" });
  assert.deepEqual(move("ArrowRight", "b", ["b"]), { open: "b" });
  assert.deepEqual(move("ArrowRight", "b"), { to: "c" });
  assert.deepEqual(move("ArrowRight", "d"), {});
  assert.deepEqual(move("ArrowLeft", "b"), { close: "b" });
  assert.deepEqual(move("ArrowLeft", "b", ["b"]), { to: "a" });
  assert.deepEqual(move("ArrowLeft", "d"), { to: "a" });
  assert.deepEqual([move("Home", "d"), move("End", "a")], [{ to: "a" }, { to: "d" }]);
  assert.equal(move("x", "a"), undefined);
});

test("a row knows its place among its siblings", () => {
  const places = placesOf(ROWS);
  assert.deepEqual(places.get("d"), { at: 2, of: 2 });
  assert.deepEqual(places.get("b"), { at: 1, of: 2 });
  assert.deepEqual(places.get("c"), { at: 1, of: 1 });
});

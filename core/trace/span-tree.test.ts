/** Spans in the order of a tree. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { extentOf, inTreeOrder, type TimedSpan } from "./span-tree.js";

function span(spanId: string, parentId: string | null, startMs: number, name = spanId): TimedSpan {
  return { spanId, parentId, name, startMs, durationMs: 10 };
}

const outline = (spans: readonly TimedSpan[]) =>
  inTreeOrder(spans).map(({ span: { spanId }, depth }) => "-".repeat(depth) + spanId);

test("children follow their parent, siblings by their start, whatever the order of the spans", () => {
  const spans = [span("c2", "b", 30), span("b", "a", 20), span("c1", "b", 25), span("a", null, 0)];
  assert.deepEqual(outline([...spans, span("d", "a", 22)]), ["a", "-b", "--c1", "--c2", "-d"]);
});

test("a row knows how many rows lie within it", () => {
  const spans = [span("a", null, 0), span("b", "a", 1), span("c", "b", 2), span("d", "a", 3)];
  const rows = inTreeOrder([...spans, span("e", null, 4)]);
  assert.deepEqual(
    rows.map(({ within }) => within),
    [3, 1, 0, 0, 0],
  );
});

test("a span without its parent stands at the top level and says so", () => {
  const rows = inTreeOrder([span("a", null, 0), span("b", "lost", 5)]);
  assert.deepEqual(
    rows.map(({ depth, isOrphan }) => [depth, isOrphan]),
    [
      [0, false],
      [0, true],
    ],
  );
});

test("a damaged trace loses no span: circles, and a span that is its own parent", () => {
  const spans = [span("a", "b", 0), span("b", "a", 1), span("c", "c", 2), span("d", null, 3)];
  assert.deepEqual(outline(spans).toSorted(), ["-b", "a", "c", "d"].toSorted());
});

test("steps that were done again are counted", () => {
  const rows = inTreeOrder([
    span("1", null, 0, "process depth"),
    span("2", null, 10, "process render"),
    span("3", null, 40, "process render"),
    span("4", null, 20, "pull"),
    span("5", null, 30, "pull"),
  ]);
  const found = rows.map(({ span: { spanId }, attempt }) => [spanId, attempt?.number, attempt?.of]);
  assert.deepEqual(found, [
    ["1", undefined, undefined],
    ["2", 1, 2],
    ["4", undefined, undefined],
    ["5", undefined, undefined],
    ["3", 2, 2],
  ]);
});

test("ten thousand spans in one chain are ordered without a deep call", () => {
  const chain = Array.from({ length: 10_000 }, (_, i) =>
    span(String(i), i === 0 ? null : String(i - 1), i),
  );
  const rows = inTreeOrder(chain);
  assert.equal(rows.at(-1)?.depth, 9_999);
  assert.equal(rows[0]?.within, 9_999);
});

test("the extent goes from the first start to the last end", () => {
  assert.deepEqual(extentOf([span("a", null, 5), span("b", null, 2)]), { startMs: 2, endMs: 15 });
  assert.deepEqual(extentOf([]), { startMs: 0, endMs: 0 });
});

/** Spans drawn as a tree. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { drawWaterfall } from "./draw-waterfall.js";

test("a waterfall shows spans as a tree, each at its time", () => {
  const span = (
    spanId: string,
    parentId: string | null,
    name: string,
    startMs: number,
    durationMs: number,
  ) =>
    ({
      traceId: "t",
      spanId,
      parentId,
      name,
      service: "depthmesh-depth",
      startMs,
      durationMs,
    }) as Parameters<typeof drawWaterfall>[0][number];
  const lines = drawWaterfall(
    [
      span("c", "b", "decode", 1010, 20),
      span("b", "a", "depth", 1000, 50),
      span("a", null, "job", 990, 110),
      span("d", "lost", "stray", 1090, 1),
    ],
    100,
  ).split("\n");
  assert.deepEqual(
    lines.slice(1).map((line) => line.slice(9, 25).trimEnd()),
    ["job", "  depth", "    decode", "stray"],
  );
  assert.match(lines[3] ?? "", / 20\.0 +20\.0 /);
});

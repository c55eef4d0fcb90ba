/** Cutting bytes into chunks and joining them again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chunksOf, collect } from "./chunks.js";

test("chunks are views that make the whole again", async () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i);
  const chunks = [...chunksOf(bytes, 300)];
  assert.deepEqual(
    chunks.map((chunk) => chunk.length),
    [300, 300, 300, 100],
  );
  assert.ok(chunks.every((chunk) => chunk.buffer === bytes.buffer));
  async function* stream() {
    yield* chunks;
  }
  assert.deepEqual(new Uint8Array(await collect(stream())), bytes);
  assert.deepEqual([...chunksOf(new Uint8Array())], []);
});

/** onnxruntime sessions, each in its own thread. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { channelSumGraph } from "../../../testing/models/onnx-graph.js";
import { onnxProvider } from "./onnx-provider.js";

const graph = () =>
  channelSumGraph({
    input: { name: "photo", dims: [1, 3, "h", "w"] },
    ...{ axis: 1, keepChannelAxis: false, weights: [1, 10, 100] },
    output: { name: "map", dims: [1, "h", "w"] },
    decoy: "negative",
  });

test("a session tells its names, runs, and rejects runs after its release", async () => {
  const session = await onnxProvider("cpu", 1).open(graph());
  assert.deepEqual([session.inputNames, session.outputNames], [["photo"], ["negative", "map"]]);
  const data = Float32Array.from([1, 2, 3, 4, 5, 6]);
  const { data: sums, dims } = await session.run("photo", { data, dims: [1, 3, 1, 2] }, "map");
  assert.deepEqual(
    [[...sums], [...dims]],
    [
      [531, 642],
      [1, 1, 2],
    ],
  );
  assert.equal(data.length, 6, "the caller keeps its input");
  await session.release();
  await assert.rejects(session.run("photo", { data, dims: [1, 3, 1, 2] }, "map"));
});

test("the main thread is not blocked during a run", async () => {
  const session = await onnxProvider("cpu", 1).open(graph());
  const side = 2048;
  const input = { data: new Float32Array(3 * side * side), dims: [1, 3, side, side] };
  let ended = false;
  const run = session.run("photo", input, "map").then(() => {
    ended = true;
  });
  // A run on the main thread would have ended when the event loop turns.
  await setImmediate();
  await setImmediate();
  assert.equal(ended, false);
  await run;
  await session.release();
});

test("an error of onnxruntime keeps its message, and the session stays usable", async () => {
  const session = await onnxProvider("cpu", 1).open(graph());
  const wrong = { data: new Float32Array(4), dims: [1, 2, 1, 2] };
  await assert.rejects(session.run("photo", wrong, "map"), /dimension/i);
  const right = { data: new Float32Array(3), dims: [1, 3, 1, 1] };
  assert.equal((await session.run("photo", right, "map")).data.length, 1);
  await session.release();
});

test("bytes that are no graph are rejected", async () => {
  await assert.rejects(onnxProvider("cpu", 1).open(Buffer.from("no graph")), /protobuf|model/i);
});

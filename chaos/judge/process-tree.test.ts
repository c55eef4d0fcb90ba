/** Processes that an idle mesh must not have are found. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkProcessTree } from "./process-tree.js";

const SUPERVISOR = 1;
const service = (pid: number) => ({ pid, parent: SUPERVISOR, name: "node" });
const IDLE = [
  service(10),
  service(20),
  { pid: 21, parent: 20, name: "Xvfb" },
  { pid: 11, parent: 10, name: "node" },
];

test("services, their helpers and one display per renderer are accepted", () => {
  assert.deepEqual(checkProcessTree(IDLE, [10, 20], [20]), []);
});

test("a child of a dead service and its own child are found", () => {
  const orphans = [
    { pid: 31, parent: SUPERVISOR, name: "node" },
    { pid: 32, parent: 31, name: "sh" },
  ];
  const found = checkProcessTree([...IDLE, ...orphans], [10, 20], [20]);
  assert.deepEqual(found, [
    "node 31 of 1 has outlived its service",
    "sh 32 of 31 has outlived its service",
  ]);
});

test("an encoder without a job and a display without a renderer are found", () => {
  const encoder = { pid: 12, parent: 10, name: "ffmpeg" };
  assert.match(String(checkProcessTree([...IDLE, encoder], [10, 20], [20])), /still runs/);
  assert.match(String(checkProcessTree(IDLE, [10, 20], [])), /1 Xvfb for 0 renderers/);
  const blind = IDLE.filter(({ name }) => name !== "Xvfb");
  assert.match(String(checkProcessTree(blind, [10, 20], [20])), /0 Xvfb for 1 renderers/);
});

/** Shared memory that nobody has any more goes back to the system, also if it is let go of late. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { eventually } from "../../testing/eventually.js";
import { collectGarbage, collectSoon } from "./collect-garbage.js";

const MIB = 2 ** 20;
const rssMib = () => process.memoryUsage.rss() / MIB;

/** Bytes of shared memory that the system has to hold. */
function sharedBytes(mib: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(mib * MIB)).fill(1);
}

test("200 MiB of shared memory are gone after a collection", async () => {
  const before = rssMib();
  // In a function of its own, so that no variable of this one has it.
  const grown = () => sharedBytes(200).length / MIB + rssMib() - before - 200;
  assert.ok(grown() > 190);
  collectGarbage();
  // V8 frees it in another thread.
  await eventually("the memory goes back", () => rssMib() < before + 20);
});

test("memory that somebody still has is collected once they have let go of it", async () => {
  const before = rssMib();
  const holder: { bytes: Uint8Array | undefined } = { bytes: sharedBytes(200) };
  const forget = () => {
    if (holder.bytes) collectSoon([new WeakRef(holder.bytes.buffer)]);
  };
  forget();
  // Past the first collection.
  await setTimeout(300);
  assert.ok(holder.bytes && rssMib() > before + 180);
  holder.bytes = undefined;
  await eventually("the memory goes back", () => rssMib() < before + 20);
});

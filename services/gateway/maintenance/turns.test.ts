/** Work that one of several gateways does at a time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { MemoryBucket } from "../../../testing/mesh/memory-bucket.js";
import { Turns } from "./turns.js";

/** By whose clock everything was written an hour later. */
class LaterBucket extends MemoryBucket {
  override async get(key: string) {
    const entry = await super.get(key);
    return entry && { ...entry, created: new Date(Date.now() + 3_600_000) };
  }
}

test("of many gateways that ask at once, one has the turn, and again when the time is over", async () => {
  const bucket = new MemoryBucket();
  const gateways = Array.from({ length: 8 }, () => new Turns(bucket));
  const askAll = async (everyMs: number) => {
    const answers = await Promise.all(gateways.map((turns) => turns.take("sweep", everyMs)));
    return answers.filter(Boolean).length;
  };
  assert.equal(await askAll(60_000), 1);
  assert.equal(await askAll(60_000), 0);
  await delay(5);
  assert.equal(await askAll(1), 1);
  assert.equal(await gateways[0]?.take("another", 60_000), true, "each task has its own turns");
});

test("a gateway whose clock is behind takes its turn when nobody has taken one for as long", async () => {
  const turns = new Turns(new LaterBucket());
  assert.equal(await turns.take("sweep", 20), true);
  assert.equal(await turns.take("sweep", 20), false);
  await delay(25);
  assert.equal(await turns.take("sweep", 20), true);
});

/** Only a whole count is a whole clip: every other end of the call is a lost source. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReadFramesResponse } from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import { type Delivery, deliveriesOf } from "./socket-deliveries.js";

const FRAMES = 3;
const sent = (frame: number): ReadFramesResponse => ({ kind: { $case: "sent", value: { frame } } });
const end = (frames: number): ReadFramesResponse => ({ kind: { $case: "end", value: { frames } } });

async function read(...messages: ReadFramesResponse[]): Promise<Delivery[]> {
  async function* responses() {
    yield* messages;
  }
  const found: Delivery[] = [];
  for await (const each of deliveriesOf(FRAMES, responses())) found.push(each);
  return found;
}

const SENT = [1, 2, 3].map((frames) => ({ kind: "sent", frames }));

test("a whole count ends the clip", async () => {
  assert.deepEqual(await read(sent(0), sent(1), sent(2), end(3)), SENT);
});

test("a wait is told with its length", async () => {
  const wait: ReadFramesResponse = { kind: { $case: "wait", value: { waitedMs: 250 } } };
  const told = await read(wait, sent(0), sent(1), sent(2), end(3));
  assert.deepEqual(told, [{ kind: "waiting", waitedMs: 250 }, ...SENT]);
});

test("a renderer that lives and counts fewer frames says that the reader has left", async () => {
  assert.deepEqual(await read(sent(0), end(1)), [SENT[0], { kind: "left", frames: 1 }]);
});

test("a call that ends without a count, or with a wrong one, has lost its source", async () => {
  const band = { frame: 0, offsetBytes: 0, data: Buffer.alloc(1) };
  for (const messages of [
    [sent(0), sent(1), sent(2)],
    [sent(0), sent(1)],
    [sent(0), sent(1), end(3)],
    [sent(0), sent(2)],
    [sent(0), sent(1), sent(2), sent(3)],
    [sent(0), { kind: { $case: "band" as const, value: band } }],
  ]) {
    await assert.rejects(read(...messages), { reason: "FRAME_SOURCE_LOST" });
  }
});

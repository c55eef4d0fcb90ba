/** A stream whose reading ahead is limited takes no more from its source than that. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { limitReadAhead } from "./read-ahead.js";

test("a stream reads as far ahead as it may, and all of it in the end", async () => {
  let made = 0;
  const read = async (limit: number | undefined) => {
    made = 0;
    const stream = new Readable({
      objectMode: true,
      read() {
        made += 1;
        this.push(made <= 40 ? { number: made } : null);
      },
    });
    if (limit !== undefined) limitReadAhead(stream, limit);
    const messages = stream[Symbol.asyncIterator]();
    await messages.next();
    for (let i = 0; i < 50; i++) await turn();
    const ahead = made - 1;
    let taken = 1;
    while (!(await messages.next()).done) taken += 1;
    return { ahead, taken };
  };
  const free = await read(undefined);
  assert.deepEqual(free.taken, 40);
  assert.ok(free.ahead > 10, `${free.ahead} were read ahead without a limit`);
  const limited = await read(1);
  assert.deepEqual(limited.taken, 40);
  assert.ok(limited.ahead <= 2, `${limited.ahead} were read ahead`);
});

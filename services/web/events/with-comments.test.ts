import assert from "node:assert/strict";
import { test } from "node:test";
import { pause } from "../../../kit/async/delay.js";
import { COMMENT, eventText } from "./event-stream.js";
import { withComments } from "./with-comments.js";

async function listOf(texts: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const text of texts) found.push(text);
  return found;
}

test("comments fill the pauses, and texts pass in order", async () => {
  async function* slow() {
    yield "a";
    await pause(100);
    yield "b";
  }
  const found = await listOf(withComments(slow(), 20));
  assert.deepEqual(
    found.filter((text) => text !== COMMENT),
    ["a", "b"],
  );
  assert.ok(found.length > 3, found.join("|"));
  assert.deepEqual([found[0], found.at(-1)], ["a", "b"]);
});

test("without pauses there are no comments, and an error of the source is thrown", async () => {
  async function* quick() {
    yield "a";
    yield "b";
    throw new Error("over");
  }
  const found: string[] = [];
  await assert.rejects(async () => {
    for await (const text of withComments(quick(), 1_000)) found.push(text);
  }, /over/);
  assert.deepEqual(found, ["a", "b"]);
});

test("data of an event stands on one line, whatever it holds", () => {
  const text = eventText({ id: 3, event: "progress", data: { text: "a\nb\r\u2028" } });
  assert.equal(text.split("\n\n").length, 2);
  const [id, event, data = ""] = text.split("\n");
  assert.deepEqual([id, event], ["id: 3", "event: progress"]);
  assert.deepEqual(JSON.parse(data.slice("data: ".length)), { text: "a\nb\r\u2028" });
});

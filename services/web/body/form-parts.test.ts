/** A form is read part by part, and no faster than its reader. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../../core/errors.js";
import { collect } from "../../../kit/rpc/chunks.js";
import { refusal } from "../../../testing/refusal.js";
import { formParts } from "./form-parts.js";

const TYPE = { "content-type": "multipart/form-data; boundary=xyz" };

function part(name: string, content: string, more = ""): string {
  return `--xyz\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`;
}

async function* bodyOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function readAll(body: AsyncIterable<Uint8Array>, headers = TYPE) {
  const found: [name: string, content: string][] = [];
  for await (const { name, chunks } of formParts(headers, body)) {
    found.push([name, Buffer.from(await collect(chunks)).toString()]);
  }
  return found;
}

test("parts come in order, with and without a file name, however the bytes are cut", async () => {
  const form = `${part("header", "{}")}${part("photo", "a\r\n--xy b", '; filename="../x.png"')}--xyz--\r\n`;
  const expected = [
    ["header", "{}"],
    ["photo", "a\r\n--xy b"],
  ];
  assert.deepEqual(await readAll(bodyOf(form)), expected);
  assert.deepEqual(await readAll(bodyOf(...form)), expected);
});

test("a form that ends early, and a body that breaks off, are errors of the reader", async () => {
  const cut = await refusal(readAll(bodyOf(part("header", "{}"), part("photo", "abc"))));
  assert.equal(cut.reason, "PARAMETER_CONFLICT");
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`--xyz\r\ncontent-disposition: form-data; name="photo"\r\n\r\nabc`);
    throw new DepthmeshError("JOB_CANCELLED", "gone");
  }
  await assert.rejects(readAll(broken()), /gone/);
});

test("a body without boundary, and one of too many parts, are refused", async () => {
  const bare = { "content-type": "multipart/form-data" };
  assert.equal((await refusal(readAll(bodyOf(""), bare))).reason, "PARAMETER_CONFLICT");
  const many = Array.from({ length: 9 }, (_, index) => part(`p${index}`, "x"));
  const refused = await refusal(readAll(bodyOf(...many, "--xyz--\r\n")));
  assert.match(refused.message, /more than 8 parts/);
});

test("the body is not read while nobody takes the bytes of a part", async () => {
  let given = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`--xyz\r\ncontent-disposition: form-data; name="photo"\r\n\r\n`);
    for (;;) {
      yield Buffer.alloc(64 * 1024);
      given += 64;
    }
  }
  const form = formParts(TYPE, endless());
  const { value } = await form.next();
  const chunks = (value as { chunks: AsyncIterable<Uint8Array> }).chunks[Symbol.asyncIterator]();
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  for (let turn = 0; turn < 100; turn++) await settled();
  assert.ok(given <= 1024, `${given} KiB were read ahead of nobody`);
  await chunks.next();
  for (let turn = 0; turn < 100; turn++) await settled();
  assert.ok(given <= 2048, `${given} KiB were read ahead of one chunk`);
});

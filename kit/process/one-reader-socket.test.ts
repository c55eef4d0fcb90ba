/**
 * A socket for one reader: what it gets, that nobody else gets anything, and when memory is free.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import { test } from "node:test";
import { eventually } from "../../testing/eventually.js";
import { OneReaderSocket } from "./one-reader-socket.js";

/** Far more than the kernel keeps for a socket. */
const BYTES = 4 * 1024 * 1024;

async function connected(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, "connect");
  return socket;
}

async function readAll(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part);
  return Buffer.concat(parts);
}

test("the first reader gets all bytes; the path is gone, and a second one is refused", async () => {
  const socket = await OneReaderSocket.open();
  const first = connect(socket.path);
  const early = connect(socket.path);
  const read = readAll(first);
  const refused = readAll(early).catch(() => Buffer.alloc(0));
  assert.ok(await socket.write(new Uint8Array(new SharedArrayBuffer(BYTES)).fill(7)));
  await eventually("the folder is gone", () => !existsSync(dirname(socket.path)));
  await assert.rejects(connected(socket.path), { code: "ENOENT" });
  assert.ok(await socket.write(Uint8Array.of(1, 2)));
  socket.end();
  const bytes = await read;
  assert.equal((await refused).length, 0);
  assert.equal(bytes.length, BYTES + 2);
  assert.ok(bytes.subarray(0, BYTES).every((byte) => byte === 7));
  socket.close();
});

test("a write ends when its memory is free, which a reader that does not read delays", async () => {
  const socket = await OneReaderSocket.open();
  const memory = new Uint8Array(new SharedArrayBuffer(BYTES)).fill(1);
  let isFree = false;
  const written = socket.write(memory).then((taken) => {
    isFree = true;
    return taken;
  });
  const reader = await connected(socket.path);
  reader.pause();
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  assert.equal(isFree, false, "the kernel cannot hold all of it");
  const read = readAll(reader);
  assert.ok(await written);
  memory.fill(2);
  socket.end();
  assert.ok(
    (await read).every((byte) => byte === 1),
    "what was overwritten later was not sent",
  );
  socket.close();
});

test("a write is not taken when the reader leaves, or when nobody came before the close", async () => {
  const left = await OneReaderSocket.open();
  const reader = await connected(left.path);
  const written = left.write(new Uint8Array(BYTES));
  reader.destroy();
  assert.equal(await written, false);
  assert.equal(await left.write(Uint8Array.of(1)), false);
  left.close();
  const unread = await OneReaderSocket.open();
  const waiting = unread.write(Uint8Array.of(1));
  unread.close();
  assert.equal(await waiting, false);
  await eventually("the folder is gone", () => !existsSync(dirname(unread.path)));
});

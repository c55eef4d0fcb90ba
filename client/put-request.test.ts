/** How a store may answer a PUT, and a file that cannot be read. A server of the loopback. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { refusal } from "../testing/refusal.js";
import { putRequest } from "./put-request.js";

/** More than fits into the buffers of a connection. */
const FILE = randomBytes(32 * 1024 * 1024);

let folder: string;
let path: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-put-"));
  path = join(folder, "file");
  await writeFile(path, FILE);
});
after(() => rm(folder, { recursive: true, force: true }));

/** Sends the file to a store that answers so. */
async function put(answer: RequestListener, from = path, idleMs?: number): Promise<void> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/secret`;
    const options = idleMs === undefined ? {} : { idleMs };
    await putRequest(from, FILE.length, { url, headers: {}, expireTime: undefined }, options);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("a store takes the whole file", async () => {
  let received = 0;
  await put(async (request, response) => {
    for await (const chunk of request) received += chunk.length;
    response.end();
  });
  assert.equal(received, FILE.length);
});

test("a store that refuses the file before it has read it is told as such", async () => {
  const error = await refusal(
    put((request, response) => {
      response.writeHead(403, { connection: "close" });
      response.end(() => setTimeout(() => request.socket.destroy(), 50));
    }),
  );
  assert.equal(error.reason, "STORAGE_UNAVAILABLE");
  assert.match(error.message, /refuses the file with status 403/);
});

test("a store that says nothing any more is given up, and one that breaks off is told", async () => {
  const silent = await refusal(put(() => {}, path, 100));
  assert.match(silent.message, /cannot be reached \(ETIMEDOUT\)/);
  const broken = await refusal(put((request) => request.socket.destroy()));
  assert.match(broken.message, /cannot be reached \(E\w+\)/);
  assert.doesNotMatch(broken.message, /secret/);
});

test("a file that cannot be read is not the store's fault", async () => {
  await assert.rejects(
    put(() => {}, join(folder, "gone")),
    { code: "ENOENT" },
  );
});

/**
 * Downloads from servers that break off, lack range support, send wrong content or are gone, and
 * what each leaves on the disk.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { ModelEntry, ModelFile } from "./manifest.js";
import { partOf, pullFile } from "./pull.js";
import { sourceOf } from "./source.js";

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 2_654_435_761) >>> 24));
const EXPECTED = {
  model: "some-model",
  bytes: CONTENT.length,
  sha256: createHash("sha256").update(CONTENT).digest("hex"),
};
const FILE: ModelFile = {
  ...{ precision: "fp32", providers: ["cpu"], path: "onnx/model.onnx", name: "model.onnx" },
  bytes: EXPECTED.bytes,
  sha256: EXPECTED.sha256,
};
const ENTRY: ModelEntry = {
  ...{ name: "some-model", title: "Some model", rank: 1, licence: "MIT", commercialUse: true },
  source: { kind: "hub", repository: "some/repository", revision: "abc" },
  files: [FILE],
  contract: {},
};

let root: string;
let location: string;
let server: Server;
let answer: RequestListener;
let asked: { url: string; range: string | undefined }[];
const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

before(async () => {
  server = createServer((request, response) => {
    asked.push({ url: request.url ?? "", range: request.headers.range });
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "depthmesh-pull-"));
  location = join(root, "models", "some-model", "model.onnx");
  asked = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));
after(() => {
  server.closeAllConnections();
  server.close();
});

/** Serves ranges, but breaks the connection after `most` bytes of a response. */
const ranged =
  (content: Uint8Array, most = Number.POSITIVE_INFINITY): RequestListener =>
  (request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, {
      "content-length": content.length - start,
      "content-range": `bytes ${start}-${content.length - 1}/${content.length}`,
    });
    const part = content.subarray(start, start + most);
    response.write(part, () => (part.length < content.length - start ? response.destroy() : 0));
    if (part.length === content.length - start) response.end();
  };

function pull(mirror = "", progress?: number[]) {
  const source = sourceOf(ENTRY, FILE, { mirror, hub: `${base()}/` });
  return pullFile({
    expected: EXPECTED,
    source,
    location,
    onProgress: (bytes) => progress?.push(bytes),
    retryDelayMs: 1,
  });
}

/** Files that are left; undefined when the folder is gone too. */
const left = () => readdir(join(root, "models", "some-model")).catch(() => undefined);

test("a file is installed complete under its name, and is not pulled twice", async () => {
  answer = ranged(CONTENT);
  const progress: number[] = [];
  assert.equal(await pull("", progress), "pulled");
  assert.deepEqual(await readFile(location), CONTENT);
  assert.deepEqual(await left(), ["model.onnx"]);
  assert.equal(progress.at(-1), CONTENT.length);
  assert.equal(asked[0]?.url, "/some/repository/resolve/abc/onnx/model.onnx");
  assert.equal(await pull(), "present");
  assert.equal(asked.length, 1);
});

test("a download over a connection that breaks repeatedly is resumed byte for byte", async () => {
  answer = ranged(CONTENT, 120_000);
  assert.equal(await pull(), "pulled");
  assert.deepEqual(await readFile(location), CONTENT);
  assert.equal(asked.length, 3);
  assert.equal(asked[0]?.range, undefined);
  assert.match(asked[2]?.range ?? "", /^bytes=[1-9]\d*-$/);
});

test("a part that an earlier run has left is resumed", async () => {
  await mkdir(join(root, "models", "some-model"), { recursive: true });
  await writeFile(partOf(location), CONTENT.subarray(0, 200_000));
  answer = ranged(CONTENT);
  await pull();
  assert.deepEqual(asked, [{ url: asked[0]?.url ?? "", range: "bytes=200000-" }]);
  assert.deepEqual(await readFile(location), CONTENT);
});

test("a server without range support is read from the beginning", async () => {
  await mkdir(join(root, "models", "some-model"), { recursive: true });
  await writeFile(partOf(location), "something else entirely");
  answer = (_request, response) => void response.end(CONTENT);
  await pull();
  assert.deepEqual(await readFile(location), CONTENT);
});

const WRONG: readonly [string, Uint8Array][] = [
  ["other content of the same size", Buffer.from(CONTENT).fill(7, 1000, 1001)],
  ["a longer file", Buffer.concat([CONTENT, Buffer.from([1])])],
];
for (const [what, content] of WRONG) {
  test(`${what} is MODEL_CORRUPT and leaves nothing`, async () => {
    answer = ranged(content);
    await assert.rejects(pull(), { reason: "MODEL_CORRUPT" });
    assert.equal(await left(), undefined);
  });
}

test("a corrupt file in place is replaced by the right one", async () => {
  await mkdir(join(root, "models", "some-model"), { recursive: true });
  await writeFile(location, Buffer.from(CONTENT).fill(0, 0, 10));
  answer = ranged(CONTENT);
  assert.equal(await pull(), "pulled");
  assert.deepEqual(await readFile(location), CONTENT);
});

test("a file that is too short is MODEL_SOURCE_LOST, and the received part stays", async () => {
  answer = ranged(CONTENT.subarray(0, 1000));
  await assert.rejects(pull(), { reason: "MODEL_SOURCE_LOST" });
  assert.deepEqual(await left(), ["model.onnx.part"]);
});

test("a file that the source does not have is an error at once", async () => {
  answer = (_request, response) => void response.writeHead(404).end("no such file");
  await assert.rejects(pull(), { reason: "MODEL_FILE_NOT_FOUND" });
  assert.equal(asked.length, 1);
  assert.equal(await left(), undefined);
  await assert.rejects(pull(join(root, "no-mirror")), { reason: "MODEL_FILE_NOT_FOUND" });
});

test("a mirror is a folder or a server with the layout of a models folder", async () => {
  const mirror = join(root, "mirror");
  await mkdir(join(mirror, "some-model"), { recursive: true });
  await writeFile(join(mirror, "some-model", "model.onnx"), CONTENT);
  assert.equal(await pull(mirror), "pulled");
  assert.deepEqual(await readFile(location), CONTENT);
  assert.equal(asked.length, 0);
  await rm(location);
  answer = ranged(CONTENT);
  assert.equal(await pull(`${base()}/here/`), "pulled");
  assert.equal(asked[0]?.url, "/here/some-model/model.onnx");
});

/** Blobs over two gateways, of which one goes away in the middle of a call. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { afterEach, beforeEach, test } from "node:test";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import {
  BlobServiceService,
  type HoldBlobsRequest,
  type ReadBlobRequest,
  type WriteBlobRequest,
} from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import { RemoteBlobs } from "./remote.js";
import { blobName } from "./store.js";

const BYTES = randomBytes(300_000);
const SHA256 = createHash("sha256").update(BYTES).digest("hex");
const CHUNK_BYTES = 10_000;
const WRITER = { job: "job", token: "token" };

/** One of two gateways with the same store. The first that serves a call dies of it, once. */
class Gateway {
  static hasDied = false;
  readonly server = new Server();
  readonly readOffsets: number[] = [];
  address = "";
  writes = 0;
  holds = 0;

  constructor() {
    this.server.addService(BlobServiceService, {
      readBlob: (call: ReadCall) => this.#read(call),
      writeBlob: (call: WriteCall, done: Done) => this.#write(call, done),
      holdBlobs: (_call: { request: HoldBlobsRequest }, done: Done) => {
        this.holds += 1;
        if (!this.dies()) done(null, { missingNames: [] });
      },
    });
  }

  async listen(): Promise<this> {
    const port = await new Promise<number>((resolve, reject) =>
      this.server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    this.address = `127.0.0.1:${port}`;
    return this;
  }

  dies(): boolean {
    if (Gateway.hasDied) return false;
    Gateway.hasDied = true;
    this.server.forceShutdown();
    return true;
  }

  #read(call: ReadCall): void {
    const { offset } = call.request;
    this.readOffsets.push(offset);
    const info = { name: blobName(SHA256), sizeBytes: BYTES.length };
    call.write({ kind: { $case: "info", value: info } });
    const end = Gateway.hasDied ? BYTES.length : BYTES.length / 2;
    for (let at = offset; at < end; at += CHUNK_BYTES) {
      call.write({ kind: { $case: "chunk", value: BYTES.subarray(at, at + CHUNK_BYTES) } });
    }
    if (end === BYTES.length) call.end();
    // What was written is on its way first.
    else setTimeout(() => this.dies(), 200);
  }

  #write(call: WriteCall, done: Done): void {
    this.writes += 1;
    const hash = createHash("sha256");
    let sizeBytes = 0;
    call.on("data", ({ kind }: WriteBlobRequest) => {
      if (kind?.$case !== "chunk" || this.dies()) return;
      hash.update(kind.value);
      sizeBytes += kind.value.length;
    });
    call.on("end", () => done(null, { name: blobName(hash.digest("hex")), sizeBytes }));
  }
}

interface ReadCall {
  readonly request: ReadBlobRequest;
  write(message: unknown): void;
  end(): void;
}
interface WriteCall {
  on(event: "data" | "end", listener: (request: WriteBlobRequest) => void): void;
}
type Done = (error: null, response: unknown) => void;

let gateways: Gateway[];
let blobs: RemoteBlobs;
beforeEach(async () => {
  Gateway.hasDied = false;
  gateways = [await new Gateway().listen(), await new Gateway().listen()];
  blobs = new RemoteBlobs(gateways.map(({ address }) => address).join(","));
});
afterEach(() => {
  blobs.close();
  for (const { server } of gateways) server.forceShutdown();
});

test("a read goes on at its offset at the other gateway", async () => {
  assert.deepEqual(Buffer.from(await blobs.read(SHA256)), BYTES);
  const offsets = gateways.flatMap(({ readOffsets }) => readOffsets).sort((a, b) => a - b);
  assert.equal(gateways.filter(({ readOffsets }) => readOffsets.length === 1).length, 2);
  assert.ok(offsets[0] === 0 && (offsets[1] ?? 0) > 0, `began at ${offsets}`);
});

test("a write begins again at the other gateway, with its content read again", async () => {
  let opened = 0;
  async function* content() {
    opened += 1;
    for (let at = 0; at < BYTES.length; at += CHUNK_BYTES) {
      yield BYTES.subarray(at, at + CHUNK_BYTES);
    }
  }
  const stored = await blobs.write(WRITER, content);
  assert.deepEqual(stored, { sha256: SHA256, sizeBytes: BYTES.length });
  assert.deepEqual([opened, gateways.map(({ writes }) => writes)], [2, [1, 1]]);
});

test("blobs are held by whichever gateway answers", async () => {
  assert.deepEqual(await blobs.hold([SHA256]), []);
  assert.deepEqual(gateways.map(({ holds }) => holds).sort(), [1, 1]);
});

test("where no gateway answers, the caller is told when its patience ends", async () => {
  const { port } = new URL(`tcp://${gateways[0]?.address}`);
  for (const { server } of gateways) server.forceShutdown();
  const impatient = new RemoteBlobs(`127.0.0.1:${port}`, { patienceMs: 300 });
  await assert.rejects(impatient.read(SHA256), { reason: "SERVICE_UNAVAILABLE" });
  impatient.close();
});

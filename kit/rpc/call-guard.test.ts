import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Metadata, status } from "@grpc/grpc-js";
import { DepthmeshError } from "../../core/errors.js";
import {
  BlobServiceClient,
  BlobServiceService,
} from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import { clientStream, serverStream, unary } from "./call.js";
import type { CallGuard, Peer } from "./call-guard.js";
import { callClientStream, callUnary, meshClient, outgoingMetadata } from "./client.js";
import { askHealth } from "./health.js";
import type { Identity } from "./identity.js";
import { REFUSAL_LIMITS } from "./refused-connections.js";
import { type RpcServer, rpcService, startRpcServer } from "./server.js";

const HOLD = "/depthmesh.stage.v1.BlobService/HoldBlobs";

let server: RpcServer;
let client: BlobServiceClient;
/** Identities that handlers have got. */
let handled: Identity[] = [];
/** Credentials that the guard has got, and what of the metadata the handler gets. */
let shown: unknown[] = [];
let seen = new Metadata();
let left: Readonly<Record<string, unknown>> = {};
let messagesRead = 0;
let peers: Peer[] = [];

/** Knows the caller `ada`, and lets her hold blobs only. */
const guard: CallGuard = {
  async authenticate(metadata: Metadata, peer: Peer) {
    peers.push(peer);
    shown = metadata.get("authorization");
    seen = metadata;
    const name = String(metadata.get("name")[0] ?? "");
    if (name === "") throw new DepthmeshError("CREDENTIALS_MISSING", "who are you?");
    if (name === "nobody knows yet") return new Promise<Identity>(() => {});
    // A look-up takes a while; the caller's messages wait.
    await new Promise((resolve) => setImmediate(resolve));
    if (name !== "ada") throw new DepthmeshError("CREDENTIALS_INVALID", "no");
    return { tenant: "acme", roles: new Set(["user"] as const), caller: name };
  },
  authorize(identity, path) {
    if (path !== HOLD) throw new DepthmeshError("ROLE_REQUIRED", `not for ${identity.caller}`);
  },
};

before(async () => {
  const blobs = rpcService(BlobServiceService, {
    holdBlobs: unary((_, { identity }) => {
      handled.push(identity);
      const { authorization, "x-api-key": key, other } = seen.getMap();
      left = { ...(authorization && { authorization }), ...(key && { key }), other };
      return { missingNames: [] };
    }),
    readBlob: serverStream(async function* () {}),
    writeBlob: clientStream(async (requests) => {
      for await (const _ of requests) messagesRead += 1;
      return { name: "", sizeBytes: 0 };
    }),
  });
  server = await startRpcServer("127.0.0.1", 0, [blobs], { guard });
  server.setServing(true);
  client = meshClient(BlobServiceClient, server.address);
});
after(async () => {
  client.close();
  await server.close(0);
});

function hold(name?: string, values: Readonly<Record<string, string>> = {}) {
  handled = [];
  shown = [];
  peers = [];
  return callUnary((metadata, done) => {
    if (name !== undefined) metadata.set("name", name);
    for (const [key, value] of Object.entries(values)) metadata.set(key, value);
    return client.holdBlobs({ job: "", names: [] }, metadata, done);
  });
}

const reason = (expected: string) => (error: unknown) =>
  error instanceof DepthmeshError && error.reason === expected;

test("a handler gets the identity that the guard has found, and not the credentials", async () => {
  await hold("ada", { authorization: "Bearer secret", "x-api-key": "secret", other: "kept" });
  assert.deepEqual(shown, ["Bearer secret"]);
  assert.deepEqual(left, { other: "kept" });
  assert.deepEqual(
    handled.map(({ tenant, caller, roles }) => [tenant, caller, [...roles]]),
    [["acme", "ada", ["user"]]],
  );
  assert.deepEqual(peers, [{ address: "loopback", certificate: undefined }]);
});

test("a caller that the guard does not know never reaches a handler", async () => {
  await assert.rejects(hold(), reason("CREDENTIALS_MISSING"));
  await assert.rejects(hold("bob"), reason("CREDENTIALS_INVALID"));
  assert.deepEqual(handled, []);
});

test("a known caller is refused what it may not do, before its messages are read", async () => {
  function* requests() {
    for (let count = 0; count < 3; count++) {
      yield { kind: { $case: "chunk" as const, value: Buffer.alloc(1024) } };
    }
  }
  const written = callClientStream((metadata: Metadata, done) => {
    metadata.set("name", "ada");
    return client.writeBlob(metadata, done);
  }, requests());
  await assert.rejects(written, reason("ROLE_REQUIRED"));
  assert.equal(messagesRead, 0);
});

test("health answers everybody", async () => {
  peers = [];
  assert.equal(await askHealth(server.address, 5000), "SERVING");
  assert.deepEqual(peers, []);
});

test("a connection on which nobody is ever known gets slow, and no other one does", async () => {
  const guesser = meshClient(BlobServiceClient, server.address);
  const guess = () =>
    callUnary((metadata, done) => guesser.holdBlobs({ job: "", names: [] }, metadata, done));
  for (let i = 0; i < REFUSAL_LIMITS.free; i++) {
    await assert.rejects(guess(), reason("CREDENTIALS_MISSING"));
  }
  const beganAtMs = performance.now();
  const slow = assert.rejects(guess(), reason("CREDENTIALS_MISSING"));
  await hold("ada");
  const otherMs = performance.now() - beganAtMs;
  await slow;
  const slowMs = performance.now() - beganAtMs;
  guesser.close();
  assert.ok(slowMs >= REFUSAL_LIMITS.waitMs / 2 - 1, `${slowMs} ms`);
  assert.ok(otherMs < slowMs, `${otherMs} ms`);
});

test("a caller whose deadline passes while it is judged gets one status", async () => {
  const metadata = outgoingMetadata();
  metadata.set("name", "nobody knows yet");
  const call = new Promise((_, reject) => {
    const options = { deadline: Date.now() + 100 };
    client.holdBlobs({ job: "", names: [] }, metadata, options, reject);
  });
  await assert.rejects(call, { code: status.DEADLINE_EXCEEDED });
  await hold("ada");
});

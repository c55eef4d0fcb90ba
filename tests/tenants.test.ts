/**
 * Teams that share a mesh see nothing of each other: every method of the protocol with another
 * team's names, tokens and request ids, on a mesh that asks its callers who they are.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { StatusObject } from "@grpc/grpc-js";
import { DepthmeshClient } from "../client/client.js";
import type { Reason } from "../core/error-reasons.js";
import type { DepthmeshError } from "../core/errors.js";
import { packagePath } from "../kit/process/package-path.js";
import { meshClient, outgoingMetadata } from "../kit/rpc/client.js";
import { readDescriptorSet } from "../kit/rpc/reflection.js";
import { CatalogServiceClient } from "../proto/gen/depthmesh/v1/catalog_service.js";
import { WebhookServiceService } from "../proto/gen/depthmesh/v1/webhook_service.js";
import { eventually } from "../testing/eventually.js";
import { connectToMesh, untilEnded } from "../testing/mesh/fixture.js";
import { plainPng } from "../testing/pictures/plain.js";
import { refusal } from "../testing/refusal.js";
import { percentile } from "../testing/statistics.js";
import { type Caller, createWithId, sendUpload } from "../testing/tenants/caller.js";
import { MORE_NAMED, type Names, ROWS, type Row } from "../testing/tenants/rows.js";
import { LABELS, nobodys, seen, startTeams, type Teams } from "../testing/tenants/teams.js";

let teams: Teams;
let alice: Caller;
let bob: Caller;
let names: Names;
let alicesToken = "";
/** A photo that both teams send. */
let same: Uint8Array;
before(async () => {
  teams = await startTeams();
  ({ alice, bob, names } = teams);
  alicesToken = (await alice.client.listJobs(1, "")).nextPageToken;
  same = await plainPng("#765");
});
after(() => teams?.close());

function assertNoMark(answer: unknown, what: string): void {
  const text = JSON.stringify(answer, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
  );
  for (const mark of teams.marks) assert.equal(text.includes(mark), false, `${what} tells ${mark}`);
}

const settled = (call: Promise<unknown>) =>
  call.then(
    (answer) => ({ answer }),
    (error: DepthmeshError) => ({ error }),
  );

/** Every method of the protocol, as `service/method`. */
function allMethods(): string[] {
  const descriptors = readFileSync(packagePath("proto", "gen", "descriptors.binpb"));
  return readDescriptorSet(descriptors).flatMap(({ descriptor }) =>
    descriptor.package.startsWith("depthmesh.")
      ? descriptor.service.flatMap(({ name: service, method }) =>
          method.map(({ name }) => `${descriptor.package}.${service}/${name}`),
        )
      : [],
  );
}

const rows: (readonly [method: string, row: Row])[] = Object.entries(ROWS).flatMap(
  ([service, methods]) =>
    Object.entries(methods).map(([method, row]) => [`${service}/${method}`, row] as const),
);

test("every method of the protocol has a row in the matrix", () => {
  assert.deepEqual(rows.map(([method]) => method).sort(), allMethods().sort());
});

test("another tenant's names are answered exactly like those of nobody, by every method", async () => {
  for (const [method, row] of [...rows, ...Object.entries(MORE_NAMED)]) {
    if (row.kind !== "named") continue;
    const unknown = nobodys(names);
    const theirs = await settled(row.call(bob, names));
    const none = await refusal(row.call(bob, unknown));
    if (none.reason === "METHOD_UNKNOWN") continue;
    assert.ok("error" in theirs, `${method} is answered`);
    assert.equal(seen(theirs.error, names), seen(none, unknown), method);
    assert.match(none.reason, /_NOT_FOUND$/, method);
    if (!row.isReadOnly) continue;
    const own = await settled(row.call(alice, names));
    assert.ok("answer" in own, `${method} of the owner: ${JSON.stringify(own)}`);
  }
  // Nothing of what a method would have changed has changed.
  const job = await alice.client.getJob(names.job);
  assert.deepEqual([job.labels, job.retriedAs], [LABELS, []]);
  const uploads = ROWS["depthmesh.v1.UploadService"]?.GetUpload;
  if (uploads?.kind === "named") await uploads.call(alice, names);
  const { webhooks } = await alice.client.call(WebhookServiceService.listWebhooks, {
    ...{ pageSize: 0, pageToken: "" },
  });
  assert.deepEqual(
    webhooks.map(({ name }) => name),
    [names.webhook],
  );
});

test("what a method lists or makes is the caller's own", async () => {
  for (const [method, row] of rows) {
    if (row.kind !== "own") continue;
    const answer = await settled(row.call(bob, names));
    assert.ok("answer" in answer, `${method}: ${JSON.stringify(answer)}`);
    assertNoMark(answer, method);
    if (method.includes("/List")) {
      assert.ok("answer" in (await settled(row.call(alice, names))), method);
    }
  }
});

test("methods of operators and of the mesh are closed to users, on each port", async () => {
  const refused: ReadonlySet<Reason> = new Set([
    "ROLE_REQUIRED",
    "METHOD_UNKNOWN",
    "CREDENTIALS_MISSING",
    "CREDENTIALS_INVALID",
  ]);
  const addresses = [
    teams.fixture.mesh.address,
    teams.fixture.mesh.adminAddress,
    teams.fixture.mesh.internalAddress,
  ];
  for (const address of addresses) {
    const client = new DepthmeshClient(address, { key: bob.key, retries: false });
    for (const [method, row] of rows) {
      if (row.kind !== "operator" && row.kind !== "mesh") continue;
      const bytes = {
        requestSerialize: () => Buffer.alloc(0),
        responseDeserialize: (b: Buffer) => b,
      };
      const error = await refusal(client.call({ path: `/${method}`, ...bytes }, undefined));
      assert.ok(refused.has(error.reason), `${method} at ${address}: ${error.reason}`);
      assertNoMark(error.message, method);
    }
    client.close();
  }
});

test("the same request of two tenants is two jobs, and neither reuses the other's depth map", async () => {
  const mine = await createWithId(bob, names.requestId);
  assert.notEqual(mine.name, names.job);
  const ended = await untilEnded(bob.client, mine.name);
  assert.equal(ended.depth?.cacheHit, false);
  assert.equal((await createWithId(bob, names.requestId)).name, mine.name);
  const again = await untilEnded(bob.client, (await createWithId(bob, "another")).name);
  assert.equal(again.depth?.cacheHit, true, "within the tenant it is reused");
});

test("a page token is refused to another tenant like one that nobody has given", async () => {
  assert.notEqual(alicesToken, "");
  await alice.client.listJobs(1, alicesToken);
  const forged = alicesToken.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
  const [theirs, made] = await Promise.all(
    [alicesToken, forged].map((token) => refusal(bob.client.listJobs(1, token))),
  );
  assert.equal(theirs?.reason, "PARAMETER_OUT_OF_RANGE");
  assert.equal(theirs?.message, made?.message);
  const others = [{ tenant: "alice" }, { tenant: "*" }];
  for (const filter of others) {
    assert.equal((await refusal(bob.client.listJobs(1, "", filter))).reason, "ROLE_REQUIRED");
  }
});

test("a deletion takes what is the tenant's own, and leaves another tenant's same photo", async () => {
  const [hers, his] = [alice, bob].map((caller) => ({ ...caller, photo: same }));
  assert.ok(hers && his);
  const ids = { hers: await made(hers, "first"), his: await made(his, "first") };
  await hers.client.deleteJob(ids.hers.name);
  const artifact = ids.his.artifacts[0]?.name ?? "";
  const { chunks } = await his.client.readArtifact(artifact);
  let bytes = 0;
  for await (const chunk of chunks) bytes += chunk.length;
  assert.ok(bytes > 0);
  assert.equal((await made(his, "second")).depth?.cacheHit, true, "his map is still reused");
  const anew = await made(hers, "second");
  assert.equal(anew.depth?.cacheHit, false, "a hit would tell her that somebody has the photo");
});

const made = async (caller: Caller, requestId: string) =>
  untilEnded(caller.client, (await createWithId(caller, `same-${requestId}`)).name);

test("whether a job exists for somebody else cannot be told by the time of the answer", async () => {
  const names2 = [names.job, nobodys(names).job] as const;
  const times = [[] as number[], [] as number[]] as const;
  for (let i = 0; i < 800; i++) {
    // In turns, and each of the two first as often, so that whatever slows one slows the other.
    const index = ((i >> 1) + i) % 2;
    const began = performance.now();
    await refusal(bob.client.getJob(names2[index] ?? ""));
    // The first calls warm the code up.
    if (i >= 80) times[index]?.push(performance.now() - began);
  }
  // Of the quick ones, which other work of the machine has not delayed: one more read of the store
  // for one of the two shows in them.
  const [theirs, none] = [percentile(times[0], 0.2), percentile(times[1], 0.2)];
  const difference = Math.abs(theirs - none);
  assert.ok(difference < 0.25 + 0.1 * none, `${theirs} ms, and ${none} ms for nobody's`);
});

/** The status of a call of GetLimits with bob's key. */
function limitsStatus(): Promise<StatusObject> {
  const client = meshClient(CatalogServiceClient, teams.fixture.mesh.address);
  const metadata = outgoingMetadata();
  metadata.set("authorization", `Bearer ${bob.key}`);
  return new Promise<StatusObject>((resolve) => {
    client.getLimits({}, metadata, () => {}).on("status", resolve);
  }).finally(() => client.close());
}

test("a quota that an operator sets holds at once, for that tenant only", async () => {
  const before = (await bob.client.getLimits()).usage;
  assert.ok(before);
  await sendUpload(bob);
  const bytes = before.uploadBytes + 2 * bob.photo.length;
  const set = await teams.quota("set", "bob", "--upload-bytes", String(bytes), "--jobs", "100");
  assert.deepEqual([set.quota?.uploadBytesPerDay, set.quota?.concurrentJobs], [bytes, 100]);
  const first = await createWithId(bob, "last bytes");
  assert.equal((await createWithId(bob, "last bytes")).name, first.name, "a repeat costs nothing");
  const error = await refusal(createWithId(bob, "one too many"));
  assert.deepEqual([error.reason, error.metadata.tenant], ["QUOTA_EXCEEDED", "bob"]);
  assert.ok(Number(error.retryDelayMs) <= 86_400_000 && Number(error.retryDelayMs) > 0);
  assert.equal((await refusal(sendUpload(bob))).reason, "QUOTA_EXCEEDED");
  const { metadata } = await limitsStatus();
  const left = (name: string) => metadata.get(`x-depthmesh-quota-${name}-left`)[0];
  assert.deepEqual([left("upload-bytes"), left("requests")], ["0", undefined]);
  await createWithId(alice, "hers goes on");
  const { usage, quota } = await bob.client.getLimits();
  assert.deepEqual([usage?.uploadBytes, quota?.uploadBytesPerDay], [bytes, bytes]);
  const mesh = await connectToMesh(teams.fixture.mesh);
  try {
    await eventually("what was used is stored", async () => {
      const day = new Date().toISOString().slice(0, 10);
      const entry = await mesh.buckets.usage.get(`${day}.bob`);
      return entry?.json<{ uploadBytes: number }>().uploadBytes === bytes;
    });
  } finally {
    await mesh.bus.close();
  }
  const forgotten = await teams.quota("set", "bob", "--defaults");
  assert.equal(forgotten.quota?.uploadBytesPerDay, undefined);
  await createWithId(bob, "one too many");
});

test("a tenant that calls too often is told when to come back, and no other is", async () => {
  await teams.quota("set", "bob", "--requests-per-second", "0.5");
  const refusals: DepthmeshError[] = [];
  for (let i = 0; i < 8; i++) {
    const ended = await settled(bob.client.listPresets());
    if ("error" in ended) refusals.push(ended.error);
  }
  assert.ok(refusals.length >= 3, String(refusals.length));
  for (const { reason, retryDelayMs } of refusals) {
    assert.equal(reason, "RATE_LIMITED");
    assert.ok(Number(retryDelayMs) > 0 && Number(retryDelayMs) <= 10_000);
  }
  await alice.client.listPresets();
  await teams.quota("set", "bob", "--requests-per-second", "none");
  await bob.client.listPresets();
});

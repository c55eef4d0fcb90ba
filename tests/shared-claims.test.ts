/** Claims on blobs that two gateways share, through a real nats-server. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { SharedClaims } from "../kit/blobs/shared-claims.js";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { NatsServer } from "../launcher/nats-server.js";
import { newId } from "../pipeline/record/id.js";
import { ensureTopology } from "../pipeline/topology/ensure-topology.js";
import type { Buckets } from "../pipeline/topology/mesh-state.js";
import { CLAIMS_BUCKET } from "../pipeline/topology/names.js";

const log = createLog("silent", { service: "test", worker: "test" });
const stop = new AbortController();
const [ONE, TWO, THREE] = ["1".repeat(64), "2".repeat(64), "3".repeat(64)];

let folder: string;
let server: NatsServer;
const buses: Bus[] = [];
const gateways: SharedClaims[] = [];
let buckets: Buckets;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-claims-"));
  server = await NatsServer.start({ folder });
  for (const name of ["one", "two"]) {
    const bus = await connectBus(server.urlFor("gateway"), name, log);
    buses.push(bus);
    buckets = await ensureTopology(bus, { leaseMs: 30_000, queueLimit: 100 });
    const claims = new SharedClaims(bus, buckets.claims, CLAIMS_BUCKET, newId);
    void claims.run(stop.signal);
    gateways.push(claims);
  }
});
after(async () => {
  stop.abort();
  for (const bus of buses) await bus.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

function both(): [SharedClaims, SharedClaims] {
  const [one, two] = gateways;
  assert.ok(one && two);
  return [one, two];
}

test("what one gateway claims, the other knows, until it is released or referred to", async () => {
  const [one, two] = both();
  await one.claim("create/1", ONE);
  await one.claim("job", TWO);
  one.note("uploads/1", TWO);
  await two.upToDate();
  assert.deepEqual([two.of("create/1"), two.of("job"), two.of("uploads/1")], [[ONE], [TWO], []]);
  const observed = two.observe();
  one.release("create/1");
  one.settle("job", new Set([TWO]));
  while (two.of("create/1").length + two.of("job").length > 0) await delay(5);
  assert.deepEqual(observed.ownersOf(ONE), ["create/1"], "it was claimed during the observation");
  observed.end();
  const late = new SharedClaims(buses[1] ?? assert.fail(), buckets.claims, CLAIMS_BUCKET, newId);
  void late.run(stop.signal);
  await late.upToDate();
  assert.deepEqual([late.of("create/1"), late.of("job")], [[], []]);
});

test("what a gateway that died has claimed is forgotten when it has expired, unless its job lives", async () => {
  const [one, two] = both();
  const sequences: number[] = [];
  for (const owner of ["create/dead", "live-job"]) {
    sequences.push(await buckets.claims.put(`claim.${ONE}.${owner}`, ""));
  }
  await one.claim("create/here", ONE);
  await two.upToDate();
  const lives = (owner: string) => owner === "live-job";
  await two.forgetExpired(lives);
  const owners = ["create/dead", "live-job", "create/here"];
  const known = () => owners.map((owner) => two.of(owner).length);
  assert.deepEqual(known(), [1, 1, 1], "nothing has expired yet");
  // An entry expires without a trace, as here.
  const streams = buses[0]?.manager.streams ?? assert.fail();
  for (const seq of sequences) await streams.deleteMessage(`KV_${CLAIMS_BUCKET}`, seq, false);
  await two.forgetExpired(lives);
  assert.deepEqual(known(), [0, 1, 1]);
  for (const each of [one, two]) await each.forgetExpired(() => false);
  assert.deepEqual(known(), [0, 0, 1]);
  one.release("create/here");
});

test("a claim waits while another gateway removes, and is seen by one that removes later", async () => {
  const [one, two] = both();
  let isClaimed = false;
  const claiming = await one.whileRemoving([ONE, TWO], async (window) => {
    assert.ok(window.isOpen());
    const promise = two.claim("job", ONE).then(() => {
      isClaimed = true;
    });
    await one.upToDate();
    // The claim is stored; its owner waits.
    while (!one.of("job").includes(ONE)) await delay(5);
    await delay(100);
    assert.equal(isClaimed, false);
    return { promise };
  });
  await claiming.promise;
  const observed = one.observe();
  await one.whileRemoving([ONE], async () => assert.deepEqual(observed.ownersOf(ONE), ["job"]));
  observed.end();
  two.release("job");
});

test("a remover that has died, or does not know what became of a removal, is waited for once", async (t) => {
  const [one] = both();
  const times = { beginMs: 100, endMs: 200, deadMs: 300 };
  const bus = buses[1] ?? assert.fail();
  const two = new SharedClaims(bus, buckets.claims, CLAIMS_BUCKET, newId, times);
  const follows = new AbortController();
  t.after(() => follows.abort());
  void two.run(follows.signal);
  const waitedMs = async () => {
    const begunMs = performance.now();
    await two.claim(`create/${newId()}`, THREE);
    return performance.now() - begunMs;
  };
  for (const id of ["dead", "lost"]) await buckets.claims.put(`removing.${THREE}.${id}`, "");
  assert.ok((await waitedMs()) >= 2 * times.deadMs);
  assert.ok((await waitedMs()) < times.deadMs);
  // Nothing was begun: nobody waits for it.
  const failing = (begins: boolean) =>
    one.whileRemoving([THREE], async (window) => {
      if (begins) window.begin();
      throw new Error("no answer");
    });
  await assert.rejects(failing(false), /no answer/);
  assert.ok((await waitedMs()) < times.deadMs);
  await assert.rejects(failing(true), /no answer/);
  assert.ok((await waitedMs()) >= times.deadMs);
  await two.whileRemoving([THREE], async ({ isOpen, begin, signal }) => {
    assert.deepEqual([isOpen(), begin(), signal?.aborted], [true, true, false]);
    while (!signal?.aborted) await delay(10);
    assert.deepEqual([isOpen(), begin()], [false, false]);
  });
});

test("nothing is removed that anybody has claimed, in any order of events", async () => {
  // Nobody else has claimed these.
  const [four, five] = ["4".repeat(64), "5".repeat(64)];
  const existing = new Set([four, five]);
  const errors: string[] = [];
  let [removed, rewritten] = [0, 0];
  const pick = () => (Math.random() < 0.5 ? four : five);
  // Each outcome must have come several times, in however many orders that takes.
  const goesOn = (round: number, rounds: number) =>
    round < rounds || (round < 50 * rounds && (removed <= 5 || rewritten <= 5));
  const claimer = async (claims: SharedClaims, rounds: number) => {
    for (let round = 0; goesOn(round, rounds); round++) {
      const [owner, sha256] = [`create/${newId()}`, pick()];
      await claims.claim(owner, sha256);
      // As a writer does that does not find the blob.
      if (!existing.has(sha256)) rewritten += 1;
      existing.add(sha256);
      await delay(Math.random() * 10);
      if (!existing.has(sha256)) errors.push(`${owner} has lost its blob`);
      claims.release(owner);
      await delay(Math.random() * 60);
    }
  };
  const remover = async (claims: SharedClaims, rounds: number) => {
    for (let round = 0; goesOn(round, rounds); round++) {
      const sha256 = pick();
      const observed = claims.observe();
      await claims.whileRemoving([sha256], async () => {
        if (observed.ownersOf(sha256).length > 0) return;
        await delay(Math.random() * 5);
        if (observed.ownersOf(sha256).length === 0 && existing.delete(sha256)) removed += 1;
      });
      observed.end();
    }
  };
  const [one, two] = both();
  await Promise.all(
    [one, two].flatMap((claims) => [claimer(claims, 60), claimer(claims, 60), remover(claims, 80)]),
  );
  assert.deepEqual(errors, []);
  assert.ok(removed > 5 && rewritten > 5, `${removed} removed, ${rewritten} rewritten`);
});

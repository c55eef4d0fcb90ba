/** Two gateways share what tenants may use and have used, through a real nats-server. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { NatsServer } from "../launcher/nats-server.js";
import { ensureTopology } from "../pipeline/topology/ensure-topology.js";
import type { Buckets } from "../pipeline/topology/mesh-state.js";
import { PageTokens } from "../services/gateway/api/page-tokens.js";
import { DailyUsage } from "../services/gateway/quota/daily-usage.js";
import { QuotaBook } from "../services/gateway/quota/quota-book.js";
import { eventually } from "../testing/eventually.js";

const log = createLog("silent", { service: "test", worker: "test" });
const DEFAULTS = { concurrentJobs: 7 };

let folder: string;
let server: NatsServer;
let bus: Bus;
let buckets: Buckets;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-quota-"));
  server = await NatsServer.start({ folder });
  bus = await connectBus(server.urlFor("gateway"), "test", log);
  buckets = await ensureTopology(bus, { leaseMs: 30_000, queueLimit: 100 });
});
after(async () => {
  await bus?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function openUsage(): Promise<DailyUsage> {
  const usage = new DailyUsage(buckets.usage, log);
  await usage.open(bus, buckets.usage);
  return usage;
}

test("what one gateway counts, the other knows a moment later, and one that starts at once", async () => {
  const [one, other] = [await openUsage(), await openUsage()];
  const expected = { uploadBytes: 600, pixelFrames: 600_000 };
  for (let i = 0; i < 200; i++) {
    const gateway = i % 2 === 0 ? one : other;
    gateway.add("acme", { uploadBytes: 3, pixelFrames: 3_000 });
    // Both write again and again, each against what the other has written meanwhile.
    if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  for (const gateway of [one, other]) {
    await eventually("the gateway knows all that was used", async () => {
      const { uploadBytes } = gateway.of("acme");
      assert.ok(uploadBytes <= expected.uploadBytes, "nothing is counted twice");
      return uploadBytes === expected.uploadBytes;
    });
  }
  const late = await openUsage();
  assert.deepEqual(late.of("acme"), expected);
  assert.deepEqual(late.of("other"), { uploadBytes: 0, pixelFrames: 0 });
  await Promise.all([one, other, late].map((usage) => usage.close()));
  assert.deepEqual(await openUsage().then((usage) => usage.of("acme")), expected);
});

test("a quota that is set at one gateway holds at the other, and is forgotten there too", async () => {
  const books = [1, 2].map(() => new QuotaBook(buckets.tenants, DEFAULTS));
  await Promise.all(books.map((book) => book.open(bus, buckets.tenants)));
  const [one, other] = books;
  assert.ok(one && other);
  await one.set("acme", { concurrentJobs: 2 });
  assert.deepEqual(one.of("acme"), { concurrentJobs: 2 });
  await eventually(
    "the other gateway has the quota",
    async () => other.of("acme").concurrentJobs === 2,
  );
  assert.deepEqual(other.of("default"), DEFAULTS);
  await buckets.tenants.put("quota.acme", "{");
  for (const book of books) {
    await eventually("a damaged quota is none", async () => book.of("acme").concurrentJobs === 7);
  }
  await one.set("acme", { concurrentJobs: 3 });
  await one.set("acme", undefined);
  assert.deepEqual(one.of("acme"), DEFAULTS);
  await eventually("it is forgotten", async () => other.of("acme").concurrentJobs === 7);
  for (const book of books) book.close();
});

test("gateways that start together have the same key of page tokens", async () => {
  const [one, other] = await Promise.all([1, 2].map(() => PageTokens.open(buckets.tenants)));
  const token = one?.of("acme").seal("jobs", "01k") ?? "";
  assert.equal(other?.of("acme").open("jobs", token), "01k");
});

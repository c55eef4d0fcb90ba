import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { NatsServer } from "../launcher/nats-server.js";
import { KvJobStore } from "../pipeline/record/kv-store.js";
import type { JobStore } from "../pipeline/record/store.js";
import { jobStoreConformance } from "../testing/record/job-store-conformance.js";

let folder: string;
let server: NatsServer;
let bus: Bus;
let store: JobStore;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-store-"));
  server = await NatsServer.start({ folder });
  const log = createLog("silent", { service: "test", worker: "test" });
  bus = await connectBus(server.urlFor("gateway"), "test", log);
  store = new KvJobStore(await bus.jetstream.views.kv("jobs", { history: 1 }), bus);
});
after(async () => {
  await bus?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

jobStoreConformance("JetStream KV", () => store);

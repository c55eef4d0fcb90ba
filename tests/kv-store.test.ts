import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { NatsServer } from "../cli/mesh/nats-server.js";
import { type Bus, connectBus } from "../kit/bus/connect.js";
import { KvJobStore } from "../kit/jobs/kv-store.js";
import type { JobStore } from "../kit/jobs/store.js";
import { createLog } from "../kit/log.js";
import { jobStoreConformance } from "./job-store-conformance.js";

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

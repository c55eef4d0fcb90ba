import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { connect, type NatsConnection } from "nats";
import { type EmbeddedNats, startNatsServer } from "../cli/mesh/nats-server.js";
import { KvJobStore } from "../kit/jobs/kv-store.js";
import type { JobStore } from "../kit/jobs/store.js";
import { jobStoreConformance } from "./job-store-conformance.js";

let folder: string;
let server: EmbeddedNats;
let connection: NatsConnection;
let store: JobStore;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-store-"));
  server = await startNatsServer(folder, 0);
  connection = await connect({ servers: server.url });
  store = new KvJobStore(await connection.jetstream().views.kv("jobs", { history: 1 }));
});
after(async () => {
  await connection?.close();
  server?.process.kill("SIGTERM");
  await rm(folder, { recursive: true, force: true });
});

jobStoreConformance("JetStream KV", () => store);

/**
 * `npm run bench -- catalogue`: the starts, the memory and the lists of a real gateway on the
 * records of many jobs in a real nats-server, with an embedded catalogue and one on a Postgres.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AdminClient } from "../../client/admin-client.js";
import { DepthmeshClient, type ListOptions } from "../../client/client.js";
import { ServiceChild } from "../../launcher/child.js";
import { FREE_PORTS } from "../../launcher/gateway-ports.js";
import { NatsServer } from "../../launcher/nats-server.js";
import { JobState } from "../../proto/gen/depthmesh/v1/job.js";
import { eventually } from "../../testing/eventually.js";
import { processorSeconds, residentMib } from "../../testing/process-facts.js";
import { atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { startPostgres, WITHOUT_POSTGRES } from "../../testing/servers/postgres.js";
import { percentile } from "../../testing/statistics.js";
import { createdAt, makeJobs } from "./made-jobs.js";

const FEW = 1_000;
const MANY = 100_000;
const LISTS = 100;
const STOP_GRACE_MS = 30_000;
const LIST_LIMIT_MS = 600_000;
const FOREVER_HOURS = "87600";

const FILTERS: readonly (readonly [name: string, options: () => ListOptions])[] = [
  ["all", () => ({ tenant: "*" })],
  ["tenant", () => ({ tenant: "tenant-7" })],
  ["state", () => ({ tenant: "*", states: [JobState.JOB_STATE_CANCELLED] })],
  ["rare label", () => ({ tenant: "*", labels: { album: "album-77" } })],
  ["common label", () => ({ tenant: "*", labels: { kind: "usual" } })],
  ["one photo", () => ({ tenant: "*", labels: { photo: "photo-5555.jpg" } })],
  ["older half", () => ({ tenant: "*", createdBefore: new Date(createdAt(MANY / 2, MANY)) })],
  ["an hour", () => hour(MANY / 3)],
  ["tenant, state, older half", () => ({ ...madeOf7(), ...olderHalf() })],
];
const olderHalf = () => ({ createdBefore: new Date(createdAt(MANY / 2, MANY)) });
const madeOf7 = () => ({ tenant: "tenant-7", states: [JobState.JOB_STATE_SUCCEEDED] });
const hour = (number: number) => ({
  ...{ tenant: "*", createdFrom: new Date(createdAt(number, MANY)) },
  createdBefore: new Date(createdAt(number, MANY) + 3_600_000),
});

interface Started {
  readonly client: DepthmeshClient;
  readonly admin: AdminClient;
  readonly pid: number;
  readonly readySeconds: number;
  /** Until a list answered. */
  readonly listedSeconds: number;
  stop(): Promise<void>;
}

export async function* catalogue(): AsyncGenerator<BenchLine> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-bench-"));
  const nats = await NatsServer.start({ folder: join(folder, "nats") });
  const postgres = WITHOUT_POSTGRES ? undefined : await startPostgres();
  const kinds: readonly (readonly [name: string, settings: Record<string, string>])[] = [
    ["embedded", { DEPTHMESH_CATALOGUE_FOLDER: join(folder, "catalogue") }],
    ...(postgres ? [["Postgres", { DEPTHMESH_CATALOGUE_URL: postgres.url }] as const] : []),
  ];
  const start = (settings: Record<string, string>) => startGateway(folder, nats, settings);
  const fill = (from: number, until: number) =>
    makeJobs(nats.urlFor("gateway"), { from, until, of: MANY });
  try {
    // The first gateway makes the buckets.
    await (await start({})).stop();
    await fill(MANY - FEW, MANY);
    for (const [name, settings] of kinds) {
      const first = await start(settings);
      await lists(first, () => ({ tenant: "*" }));
      yield figuresOf("catalogue", name)(`resident at ${FEW}`, await residentMib(first.pid), "MiB");
      await first.stop();
      yield* laterStart(`${name}, ${FEW}`, await start(settings));
    }
    await fill(0, MANY - FEW);
    for (const [name, settings] of kinds) {
      const figure = figuresOf("catalogue", name);
      const first = await start(settings);
      yield figure(`first start of ${MANY}: ready`, first.readySeconds, "s");
      yield figure(`first start of ${MANY}: a list answers`, first.listedSeconds, "s");
      yield figure("processor time of it", await processorSeconds(first.pid), "s");
      yield figure("resident after it", await residentMib(first.pid), "MiB");
      await first.stop();
      const later = await start(settings);
      yield atMost(`${name}: ready again at ${MANY}`, later.readySeconds, 5, "s");
      yield* listFigures(name, later);
      const { sizeBytes } = await later.admin.getCatalogueStatus();
      yield figure("tables and indexes", sizeBytes / 1e6, "MB");
      yield* laterStart(`${name}, ${MANY}`, later);
    }
  } finally {
    await postgres?.close();
    await nats.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Its start, and its memory after some lists; stops it. */
async function* laterStart(where: string, started: Started): AsyncGenerator<BenchLine> {
  const figure = figuresOf("catalogue", where);
  yield figure("later start: ready", started.readySeconds, "s");
  yield figure("later start: a list answers", started.listedSeconds, "s");
  await lists(started, () => ({ tenant: "*" }));
  yield figure("later start: resident", await residentMib(started.pid), "MiB");
  await started.stop();
}

async function* listFigures(name: string, started: Started): AsyncGenerator<BenchLine> {
  const figure = figuresOf("catalogue", name);
  const slowest: number[] = [];
  for (const [filter, options] of FILTERS) {
    const times = await lists(started, options);
    yield figure(`list, ${filter}, p50`, percentile(times, 0.5), "ms");
    yield figure(`list, ${filter}, p95`, percentile(times, 0.95), "ms");
    slowest.push(percentile(times, 0.95));
  }
  const { admin } = started;
  const counts = await timed(() => admin.getMeshStatus());
  yield figure("counts by state, p95", percentile(counts, 0.95), "ms");
  const usage = await timed(() => admin.listUsage({ pageSize: 1_000, pageToken: "", tenant: "" }));
  yield figure("usage of all tenants, p95", percentile(usage, 0.95), "ms");
  yield atMost(`${name}: p95 of the slowest filtered list`, Math.max(...slowest), 50, "ms");
}

function lists({ client }: Started, options: () => ListOptions): Promise<number[]> {
  return timed(() => client.listJobs(20, "", options()));
}

/** Milliseconds of each call; the first few, which compile code, are left out. */
async function timed(call: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < LISTS + 10; i++) {
    const startedAtMs = performance.now();
    await call();
    if (i >= 10) times.push(performance.now() - startedAtMs);
  }
  return times;
}

async function startGateway(
  folder: string,
  nats: NatsServer,
  settings: Record<string, string>,
): Promise<Started> {
  const child = new ServiceChild({
    service: "gateway",
    log: "inherit",
    environment: {
      ...FREE_PORTS,
      DEPTHMESH_NATS_URL: nats.urlFor("gateway"),
      DEPTHMESH_BLOBS: join(folder, "blobs"),
      DEPTHMESH_TRACES: join(folder, "traces"),
      DEPTHMESH_LOG: "warn",
      DEPTHMESH_KEEP_SUCCEEDED_HOURS: FOREVER_HOURS,
      DEPTHMESH_KEEP_FAILED_HOURS: FOREVER_HOURS,
      DEPTHMESH_KEEP_CANCELLED_HOURS: FOREVER_HOURS,
      ...settings,
    },
  });
  const startedAtMs = performance.now();
  const seconds = () => (performance.now() - startedAtMs) / 1000;
  await child.start();
  const readySeconds = seconds();
  const client = new DepthmeshClient(child.address);
  const admin = new AdminClient(child.addressOf("admin"));
  const isListed = () =>
    client.listJobs(1, "", { tenant: "*" }).then(
      () => true,
      () => false,
    );
  await eventually("a list answers", isListed, LIST_LIMIT_MS);
  const listedSeconds = seconds();
  const stop = async () => {
    client.close();
    admin.close();
    await child.stop(STOP_GRACE_MS);
  };
  return { client, admin, pid: child.pid ?? 0, readySeconds, listedSeconds, stop };
}

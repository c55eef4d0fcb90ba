/**
 * After a kill -9 of nats-server: the time from its return to the first lease renewal of a running
 * job, and to the first accepted job.
 */
import { connect } from "node:net";
import { pause } from "../../kit/async/delay.js";
import type { Photo } from "../../testing/photos.js";
import { atMost, type BenchLine } from "../../testing/report-lines.js";
import { clipOf, uncachedSpec } from "../bench-mesh.js";
import {
  idOf,
  medianAndWorst,
  momentOf,
  openStore,
  type StruckMesh,
  startStruckMesh,
  untilLeased,
} from "./struck-mesh.js";

const RUNS = 5;
const AIM_SECONDS = 5;
const RETRY_MS = 50;
/** Longer than a run takes. */
const CLIP = clipOf(640, 426, 30, 30);

interface Return {
  readonly renewedSeconds: number;
  readonly acceptedSeconds: number;
}

export async function* busReturn(photo: Photo): AsyncGenerator<BenchLine> {
  const struck = await startStruckMesh({ depth: 1, render: 1, encode: 1 });
  const returns: Return[] = [];
  try {
    for (let run = 0; run < RUNS; run++) returns.push(await strikeBus(struck, photo));
  } finally {
    await struck.stop();
  }
  const rows = [
    ["first renewal of a job under way", returns.map(({ renewedSeconds }) => renewedSeconds)],
    ["first job accepted", returns.map(({ acceptedSeconds }) => acceptedSeconds)],
  ] as const;
  for (const [metric, seconds] of rows) {
    yield* medianAndWorst("nats-server is back", metric, seconds);
  }
  for (const [metric, seconds] of rows) {
    const worst = Math.max(...seconds);
    yield atMost(`${metric} after nats-server's return, worst of ${RUNS}`, worst, AIM_SECONDS, "s");
  }
}

async function strikeBus({ mesh, client, store }: StruckMesh, photo: Photo): Promise<Return> {
  const create = () =>
    client.createJobFromFiles(uncachedSpec({ clip: CLIP }), { photo: photo.path });
  const { name } = await create();
  await untilLeased(store, idOf(name), "encode");
  const { pid } = mesh.nats;
  if (!pid) throw new Error("nats-server does not run");
  process.kill(pid, "SIGKILL");
  const { port } = new URL(mesh.natsUrl);
  const returnedAtMs = await momentOf(
    async () => mesh.nats.pid !== pid && (await listens(Number(port))),
  );
  const since = (momentMs: number) => (momentMs - returnedAtMs) / 1000;
  const [renewed, accepted] = await Promise.all([renewal(mesh, idOf(name)), acceptance(create)]);
  await client.cancelJob(name);
  await client.cancelJob(accepted.job.name);
  return { renewedSeconds: since(renewed), acceptedSeconds: since(accepted.atMs) };
}

/** The time of the next revision of the record, seen by a new connection. */
async function renewal(mesh: StruckMesh["mesh"], id: string): Promise<number> {
  const { bus, store } = await openStore(mesh);
  let first: number | undefined;
  const moment = await momentOf(async () => {
    // JetStream may still be opening its files.
    const found = await store.read(id).catch(() => undefined);
    first ??= found?.revision;
    return found !== undefined && found.revision !== first;
  });
  await bus.close();
  return moment;
}

/** Repeats the request until the gateway accepts it. */
async function acceptance<T>(create: () => Promise<T>): Promise<{ job: T; atMs: number }> {
  for (;;) {
    try {
      const job = await create();
      return { job, atMs: performance.now() };
    } catch {
      // The gateway answers UNAVAILABLE until it is connected again.
      await pause(RETRY_MS);
    }
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}

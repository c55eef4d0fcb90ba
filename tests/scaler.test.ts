/**
 * Workers follow the orders as the ScaledObjects of deploy/kubernetes say, from none to several and
 * back, and two versions of a worker share one bus while the older is drained: no job is lost.
 */
import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { pause } from "../kit/async/delay.js";
import { packagePath, VERSION } from "../kit/process/package-path.js";
import { ServiceChild } from "../launcher/child.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind, CachePolicy, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { eventually } from "../testing/eventually.js";
import {
  manifestsIn,
  manifestsOf,
  type ScaledObjectSpec,
} from "../testing/kubernetes/manifests.js";
import { Scaler } from "../testing/kubernetes/scaler.js";
import { type Fixture, SAMPLE, startFixture, untilEnded } from "../testing/mesh/fixture.js";
import { type MonitoredNats, startMonitoredNats } from "../testing/servers/monitored-nats.js";

const GRACE_MS = 20_000;
const LOOK_EVERY_MS = 100;
/** A cooldown of ten minutes lasts three seconds. */
const MS_PER_SECOND = 5;
const BURST = 6;

const folder = mkdtempSync(join(tmpdir(), "depthmesh-scaler-"));
let nats: MonitoredNats;
let fixture: Fixture;

before(async () => {
  nats = await startMonitoredNats(join(folder, "nats"));
  fixture = await startFixture({
    ...{ depth: 0, render: 0, encode: 0 },
    environmentFor: ({ service }, settings) => ({
      ...settings,
      DEPTHMESH_NATS_URL: nats.urlFor(service),
    }),
  });
});
after(async () => {
  await fixture?.close();
  await nats?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Depth workers, as many as are wanted, as a Deployment has them. */
class Workers {
  readonly #folder: string | undefined;
  #running: ServiceChild[] = [];
  readonly #ending: Promise<void>[] = [];

  /** `folder`: the package that they run from, ours by default. */
  constructor(folder?: string) {
    this.#folder = folder;
  }

  get count(): number {
    return this.#running.length;
  }

  scaleTo(count: number): void {
    while (this.#running.length < count) {
      const child = this.#child();
      this.#running.push(child);
      // One that is stopped while it starts has not failed.
      void child.start().catch(() => {});
    }
    for (const child of this.#running.splice(count)) this.#ending.push(child.stop(GRACE_MS));
  }

  /** Resolves when all that serve now are ready. */
  async untilServing(): Promise<void> {
    await Promise.all(this.#running.map((child) => child.untilServing()));
  }

  async stop(): Promise<void> {
    this.scaleTo(0);
    await Promise.all(this.#ending);
  }

  #child(): ServiceChild {
    const { mesh } = fixture;
    const [gateway] = mesh.children("gateway");
    return new ServiceChild({
      service: "depth",
      log: "inherit",
      access: mesh.access.mesh,
      ...(this.#folder !== undefined && { folder: this.#folder }),
      environment: {
        ...gateway?.environment,
        ...mesh.access.settingsFor("worker"),
        DEPTHMESH_LOG: "silent",
        DEPTHMESH_PORT: "0",
        DEPTHMESH_GATEWAY: mesh.internalAddress,
        DEPTHMESH_NATS_URL: nats.urlFor("depth"),
      },
    });
  }
}

/** A job that ends with its depth map. */
async function submit(): Promise<string> {
  const spec = JobSpec.fromPartial({
    artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH],
    cachePolicy: CachePolicy.CACHE_POLICY_BYPASS,
  });
  return (await fixture.client.createJobFromFiles(spec, { photo: SAMPLE })).name;
}

async function assertSucceeded(names: readonly string[]): Promise<void> {
  for (const name of names) {
    const job = await untilEnded(fixture.client, name);
    assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  }
}

/** That of depth in the overlay for GPUs, whose pools cost nothing while there is no order. */
function scaledObject(): ScaledObjectSpec {
  const base = manifestsOf<ScaledObjectSpec>("ScaledObject", "components", "keda").get("depth");
  const [patch] = manifestsIn("overlays", "gpu", "scale-to-zero.yaml");
  assert.ok(base && patch);
  return { ...base.spec, ...(patch.spec as Partial<ScaledObjectSpec>) };
}

test("depth scales from none to several for a burst, and back to none; no job is lost", async () => {
  const spec = scaledObject();
  const { stabilizationWindowSeconds: stabilizationSeconds } =
    spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown;
  const options = { spec, stabilizationSeconds, monitor: nats.monitor, msPerSecond: MS_PER_SECOND };
  const scaler = new Scaler(options);
  const workers = new Workers();
  const seen: number[] = [];
  const over = new AbortController();
  const scaling = (async () => {
    while (!over.signal.aborted) {
      workers.scaleTo(await scaler.replicas(workers.count));
      if (seen.at(-1) !== workers.count) seen.push(workers.count);
      await pause(LOOK_EVERY_MS, over.signal);
    }
  })();
  // A scaler that fails would leave the jobs without workers.
  const looking = scaling.catch((error: unknown) => {
    if (!over.signal.aborted) throw error;
  });
  const orFailed = <T>(wait: Promise<T>) =>
    Promise.race([wait, looking.then(() => assert.fail("the scaler has ended"))]);
  try {
    await orFailed(eventually("the scaler has looked", () => seen.length > 0));
    assert.deepEqual(seen, [0], "no worker without an order");
    const names = await Promise.all(Array.from({ length: BURST }, submit));
    await orFailed(assertSucceeded(names));
    await eventually("no worker is left", () => workers.count === 0, 20_000);
    assert.equal(await scaler.value(), 0, "no order is left");
    assert.equal(Math.max(...seen), Math.min(BURST, spec.maxReplicaCount), seen.join(" "));
    // Asleep, and woken by one job.
    seen.length = 0;
    await orFailed(assertSucceeded([await submit()]));
    await eventually("no worker is left again", () => workers.count === 0, 20_000);
    assert.deepEqual([...new Set(seen)].sort(), [0, 1], seen.join(" "));
  } finally {
    over.abort();
    await looking.catch(() => {});
    await workers.stop();
  }
});

/** This package with another version: its programs, in a folder with links to everything else. */
function packageOfVersion(version: string): string {
  const made = join(folder, version);
  const dist = join(made, "dist");
  mkdirSync(dist, { recursive: true });
  for (const name of readdirSync(packagePath())) {
    if (name !== "package.json" && name !== "dist")
      symlinkSync(packagePath(name), join(made, name));
  }
  cpSync(packagePath("dist", "bundle"), join(dist, "bundle"), { recursive: true });
  const manifest = JSON.parse(readFileSync(packagePath("package.json"), "utf8"));
  writeFileSync(join(made, "package.json"), JSON.stringify({ ...manifest, version }));
  return made;
}

test("workers of two versions take orders of one bus, and the older are drained without a loss", async () => {
  const newerFolder = packageOfVersion("9.9.9");
  const older = new Workers();
  const newer = new Workers(newerFolder);
  try {
    older.scaleTo(1);
    await older.untilServing();
    const before = await Promise.all(Array.from({ length: BURST / 2 }, submit));
    newer.scaleTo(1);
    await newer.untilServing();
    await eventually("the mesh knows both versions", async () => {
      const { workers } = await fixture.admin.listWorkers();
      const depth = workers.filter(({ service }) => service === "depth");
      const versions = depth.map(({ version }) => version).sort();
      return isDeepStrictEqual(versions, [VERSION, "9.9.9"]);
    });
    const during = await Promise.all(Array.from({ length: BURST / 2 }, submit));
    // SIGTERM, while it holds an order.
    await older.stop();
    const afterwards = await submit();
    await assertSucceeded([...before, ...during, afterwards]);
  } finally {
    await Promise.all([older.stop(), newer.stop()]);
  }
});

/**
 * Every metric of the table, as a real Prometheus sees it after real jobs: one that is made, one
 * from the cache, one whose encoder fails until it is given up, and a call that is refused. The
 * queries of every panel and rule are asked of it too.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { packagePath } from "../kit/process/package-path.js";
import { METRIC_NAMES, METRICS, type MetricName } from "../kit/telemetry/metric-table.js";
import { labelName, prometheusFamily, prometheusName } from "../kit/telemetry/prometheus-names.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { CachePolicy, type JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { eventually } from "../testing/eventually.js";
import { rawCall } from "../testing/hostile/raw-call.js";
import {
  connectToMesh,
  type Fixture,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEncodersKnown,
  untilEnded,
  upload,
} from "../testing/mesh/fixture.js";
import {
  emptySelectors,
  ONLY_IN_FAULTS,
  panelQueries,
  runbookQueries,
} from "../testing/monitoring/queries.js";
import { noPrometheus, type Prometheus, startPrometheus } from "../testing/servers/prometheus.js";

const skip = noPrometheus();
const REQUEST = "a-request-of-a-caller";
const REUSED: JobSpec = { ...smallSpec(), cachePolicy: CachePolicy.CACHE_POLICY_UNSPECIFIED };

let folder: string;
let fixture: Fixture;
let prometheus: Prometheus;
let photo: Uint8Array;
/** While this file exists, every encoder fails to start. */
let trouble: string;
const jobs: Job[] = [];

before(async () => {
  if (skip) return;
  folder = await mkdtemp(join(tmpdir(), "depthmesh-metrics-"));
  trouble = join(folder, "trouble");
  const ffmpeg = join(folder, "ffmpeg");
  await writeFile(ffmpeg, `#!/bin/sh\n[ -e ${trouble} ] && exit 1\nexec ffmpeg "$@"\n`, {
    mode: 0o755,
  });
  photo = await readFile(SAMPLE);
  fixture = await startFixture({
    ...{ metricsPort: 0, webPort: 0 },
    environment: {
      ...{ DEPTHMESH_FFMPEG: ffmpeg, DEPTHMESH_RETRY_BASE_MS: "10" },
      ...{ DEPTHMESH_SWEEP_MS: "500", DEPTHMESH_MAINTENANCE_MS: "500" },
    },
  });
  prometheus = await startPrometheus(
    fixture.mesh.metrics.map(({ service, address }) => ({ address, labels: { service } })),
    [packagePath("deploy", "prometheus", "depthmesh.rules.yml")],
  );
  await untilEncodersKnown(fixture.client);
  jobs.push(await run(REUSED, REQUEST), await run(REUSED));
  await writeFile(trouble, "");
  jobs.push(await run(smallSpec()));
  await rm(trouble);
  // The gateway asks every process.
  await fixture.admin.listWorkers();
  await assert.rejects(fixture.client.getJob("jobs/none"), { reason: "JOB_NOT_FOUND" });
  const presets = await fetch(`${fixture.mesh.webAddress}/v1/presets`);
  assert.equal(presets.status, 200);
  for (const path of ["/metrics", "/v1/jobs/none"]) {
    await (await fetch(`${fixture.mesh.webAddress}${path}`)).arrayBuffer();
  }
});
after(async () => {
  await prometheus?.stop();
  await fixture?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function run(spec: JobSpec, requestId?: string): Promise<Job> {
  const { name } = await fixture.client.createJob(spec, { photo: upload(photo) }, requestId);
  return untilEnded(fixture.client, name);
}

/** The services of which Prometheus has a value of this metric. */
async function servicesWith(name: MetricName): Promise<ReadonlySet<string>> {
  const found = await prometheus.query(prometheusName(name));
  return new Set(found.map(({ metric }) => metric.service ?? ""));
}

test("the jobs end as they should", { skip }, () => {
  const { JOB_STATE_SUCCEEDED, JOB_STATE_FAILED } = JobState;
  assert.deepEqual(
    jobs.map(({ state, cacheHit }) => [state, cacheHit]),
    [
      [JOB_STATE_SUCCEEDED, false],
      [JOB_STATE_SUCCEEDED, true],
      [JOB_STATE_FAILED, false],
    ],
  );
});

for (const name of METRIC_NAMES) {
  test(`Prometheus sees ${name}`, { skip }, async () => {
    const { services, appearsWith } = METRICS[name];
    // What only appears with an event need not have happened in every service.
    const expected = appearsWith === undefined ? services : [];
    await eventually(`${name} in ${expected.join(", ") || "one service"}`, async () => {
      const seen = await servicesWith(name);
      return seen.size > 0 && expected.every((service) => seen.has(service));
    });
    const unknown = [...(await servicesWith(name))].filter(
      (seen) => !services.some((service) => service === seen),
    );
    assert.deepEqual(unknown, [], "services that the table does not list");
  });
}

test("there are no other metrics, and no labels but those of the table", { skip }, async () => {
  const own = ["__name__", "instance", "job", "service", "le"];
  const families = new Map<string, MetricName>();
  for (const name of METRIC_NAMES) {
    const family = prometheusFamily(name);
    for (const ending of ["", "_total", "_bucket", "_sum", "_count"]) {
      families.set(`${family}${ending}`, name);
    }
  }
  const series = await prometheus.series('{job="depthmesh"}');
  // Of Prometheus itself, and of the rules.
  const scrapes = /^(up|scrape_.*|target_info|ALERTS.*|.*:.*)$/;
  for (const { __name__: called = "", ...labels } of series) {
    if (scrapes.test(called)) continue;
    const name = families.get(called) ?? assert.fail(`${called} is not in the table`);
    const known = METRICS[name].attributes.map(labelName);
    for (const label of Object.keys(labels)) {
      assert.ok([...own, ...known].includes(label), `${called} has the label ${label}`);
    }
  }
  const values = JSON.stringify(series);
  for (const secret of [
    ...jobs.map((job) => job.name.replace("jobs/", "")),
    REQUEST,
    "jobs/none",
  ]) {
    assert.ok(!values.includes(secret), "a label names a job or a request");
  }
});

test("jobs count once, whoever ends them; attempts, lookups and frames add up", {
  skip,
}, async () => {
  const sum = async (expression: string) =>
    (await prometheus.query(`sum(${expression})`))[0]?.value ?? 0;
  const ended = (state: string) =>
    sum(`depthmesh_job_duration_seconds_count{depthmesh_job_state="${state}"}`);
  assert.equal(await ended("SUCCEEDED"), 2);
  assert.equal(await ended("FAILED"), 1);
  assert.equal(await sum("depthmesh_jobs_accepted_total"), 3);
  assert.equal(await sum("depthmesh_dead_letters_total"), 1);
  const hits =
    'depthmesh_cache_lookups_total{depthmesh_cache="result",depthmesh_cache_result="hit"}';
  assert.equal(await sum(hits), 1);
  assert.equal(await sum('depthmesh_stage_retries_total{depthmesh_failure="own"}'), 4);
  // The clip that was made; the one that failed has some in its socket.
  const { durationSeconds = 0, frameRate } = REUSED.clip ?? {};
  const frames = durationSeconds * (frameRate?.numerator ?? 0);
  const sent = await sum("depthmesh_render_frames_total");
  assert.ok(sent >= frames, `${sent} frames of a clip of ${frames}`);
  await eventually("nothing is at work", async () => {
    const busy = await sum('depthmesh_slots{depthmesh_slot_state="busy"}');
    return busy === 0 && (await sum("depthmesh_jobs_live")) === 0;
  });
});

test("a slow bucket leads to the trace of a job", { skip }, async () => {
  const { bus, store } = await connectToMesh(fixture.mesh);
  const stored = await Promise.all(jobs.map((job) => store.read(job.name.replace("jobs/", ""))));
  await bus.close();
  const ofJobs = new Set(stored.map((one) => one?.record.traceId ?? assert.fail("no record")));
  for (const name of [
    "messaging.process.duration",
    "depthmesh.stage.step.duration",
    "depthmesh.inference.duration",
    "depthmesh.job.duration",
    "depthmesh.job.first_fragment.duration",
  ] as const) {
    const traces = await prometheus.exemplarTraces(`${prometheusFamily(name)}_bucket`);
    assert.ok(traces.length > 0, `${name} has exemplars`);
    assert.deepEqual(
      traces.filter((id) => !ofJobs.has(id)),
      [],
      name,
    );
  }
});

test("every query of every panel has data", { skip }, async () => {
  const empty = async () => {
    const found: string[] = [];
    for (const { panel, expression } of panelQueries()) {
      // A wrong query throws, also one whose panel is in the list.
      const { length } = await prometheus.query(expression);
      if (length === 0 && !(panel in ONLY_IN_FAULTS)) found.push(`${panel}: ${expression}`);
    }
    return found;
  };
  await eventually("all panels have data", async () => (await empty()).length === 0).catch(
    async () => assert.deepEqual(await empty(), []),
  );
  const known = new Set(panelQueries().map(({ panel }) => panel));
  const unknown = Object.keys(ONLY_IN_FAULTS).filter((panel) => !known.has(panel));
  assert.deepEqual(unknown, [], "the list names panels that exist");
});

test("every rule is evaluated, and asks for series that exist", { skip }, async () => {
  await eventually("all rules are evaluated", async () => {
    return (await prometheus.rules()).every(({ health }) => health !== "unknown");
  });
  const rules = await prometheus.rules();
  assert.ok(rules.length > 30, `${rules.length} rules`);
  assert.deepEqual(
    rules.filter(({ health }) => health !== "ok").map(({ name, lastError }) => [name, lastError]),
    [],
  );
  for (const { name, type, query } of rules) {
    if (type === "recording") {
      await eventually(`${name} is recorded`, async () => {
        return (await prometheus.query(name)).length > 0;
      });
    }
    assert.deepEqual(await emptySelectors(prometheus, query), [], name);
  }
});

test("the queries of the runbooks can be asked", { skip }, async () => {
  const queries = runbookQueries();
  assert.ok(queries.length > 15, `${queries.length} queries`);
  for (const query of queries) {
    await prometheus.query(query);
    assert.deepEqual(await emptySelectors(prometheus, query), [], query);
  }
});

test("the job that was given up is told to who watches the mesh, and nothing else fires", {
  skip,
}, async () => {
  const firing = async () =>
    (await prometheus.rules()).filter(({ state }) => state === "firing").map(({ name }) => name);
  await eventually("the alert fires", async () => (await firing()).length > 0);
  assert.deepEqual(await firing(), ["DepthmeshDeadLetters"]);
});

test("a caller makes no new values: unknown methods are one", { skip }, async () => {
  const client = new Client(fixture.mesh.address, credentials.createInsecure());
  for (const path of ["/made.up/First", "/made.up/Second"]) {
    const { info } = await rawCall(client, path, [], new Metadata(), 10_000);
    assert.equal(info?.reason, "METHOD_UNKNOWN");
  }
  client.close();
  await eventually("both calls count as one method", async () => {
    const count = 'rpc_server_call_duration_seconds_count{rpc_method="_OTHER",service="gateway"}';
    return (await prometheus.query(count))[0]?.value === 2;
  });
  assert.deepEqual(await prometheus.series('{rpc_method=~".*made.*"}'), []);
});

test("promtool finds nothing wrong with the text of any service", { skip }, async () => {
  for (const { address, service } of fixture.mesh.metrics) {
    const input = await (await fetch(`http://${address}/metrics`)).text();
    const { status, stderr } = spawnSync("promtool", ["check", "metrics"], { input });
    assert.deepEqual([status, String(stderr)], [0, ""], service);
  }
});

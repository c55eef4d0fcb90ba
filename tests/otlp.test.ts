/**
 * Traces, metrics and logs of a real mesh over OTLP, decoded by a receiver that is made of
 * OpenTelemetry's own protocol module; and what the variables of OpenTelemetry change.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { packagePath } from "../kit/process/package-path.js";
import { METRIC_NAMES, METRICS } from "../kit/telemetry/metric-table.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { eventually } from "../testing/eventually.js";
import {
  type Fixture,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
  upload,
} from "../testing/mesh/fixture.js";
import {
  linesOf,
  metricsOf,
  noOtlpReceiver,
  type OtlpReceiver,
  type PushedMetric,
  resourceOf,
  spansOf,
  startOtlpReceiver,
  textsOf,
} from "../testing/servers/otlp-receiver.js";

const skip = noOtlpReceiver();
let receiver: OtlpReceiver;
let fixture: Fixture;
let job: Job;

before(async () => {
  if (skip) return;
  receiver = await startOtlpReceiver();
  fixture = await startFixture({
    webPort: 0,
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: "x-test-token=tok%3Den",
      OTEL_METRIC_EXPORT_INTERVAL: "500",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=a%20test,team=pictures",
      OTEL_BSP_SCHEDULE_DELAY: "200",
      OTEL_BLRP_SCHEDULE_DELAY: "200",
    },
  });
  job = await made(fixture);
});
after(async () => {
  await fixture?.close();
  await receiver?.stop();
});

async function made({ client }: Fixture): Promise<Job> {
  const { name } = await client.createJob(smallSpec(), {
    photo: upload(await readFile(SAMPLE)),
  });
  return untilEnded(client, name);
}

/** The metrics that a service has pushed last. */
function pushedBy(service: string): readonly PushedMetric[] {
  const pushes = receiver.received.filter(
    (one) => one.signal === "metrics" && resourceOf(one)["service.name"] === `depthmesh-${service}`,
  );
  const last = pushes.at(-1);
  return last ? metricsOf(last) : [];
}

test("the job is made while everything is pushed", { skip }, () => {
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED);
});

test("each service pushes its metrics with the units of the table", { skip }, async () => {
  for (const service of ["gateway", "depth", "render", "encode", "web"] as const) {
    const wanted = METRIC_NAMES.filter((name) => {
      const { services, appearsWith } = METRICS[name];
      const isOfRequests = name.startsWith("http.");
      return services.some((one) => one === service) && !appearsWith && !isOfRequests;
    });
    await eventually(`${service} has pushed all`, () => {
      const units = new Map(pushedBy(service).map(({ name, unit }) => [name, unit]));
      return wanted.every((name) => units.get(name) === METRICS[name].unit);
    });
  }
});

test("histograms of the job have buckets, counts and sums that agree", { skip }, async () => {
  const point = await eventually("encode has pushed its attempt", () => {
    const found = pushedBy("encode").find(({ name }) => name === "messaging.process.duration");
    return found?.histogram?.dataPoints[0];
  });
  const { count, sum, bucketCounts, explicitBounds, attributes } = point;
  assert.equal(Number(count), 1);
  assert.ok(sum > 0);
  const { buckets = [] } = METRICS["messaging.process.duration"];
  assert.deepEqual(explicitBounds, buckets);
  assert.equal(bucketCounts.length, buckets.length + 1);
  assert.equal(textsOf(attributes)["depthmesh.stage"], "encode");
});

test("spans and lines of the log come with the job's trace", { skip }, async () => {
  const trace = await eventually("the spans of all stages", () => {
    const spans = receiver.received.flatMap(spansOf);
    const names = new Map(spans.map(({ name, traceId }) => [name, traceId]));
    const stages = ["process depth", "process render", "process encode"];
    const found = new Set(stages.map((name) => names.get(name)));
    return found.size === 1 && [...found][0];
  });
  const line = await eventually("the line of the end of a stage", () =>
    receiver.received.flatMap(linesOf).find(({ body }) => body?.stringValue === "stage done"),
  );
  assert.equal(line.traceId, trace);
  assert.equal(line.severityText, "INFO");
  assert.equal(textsOf(line.attributes).job, job.name.replace("jobs/", ""));
});

test("headers, resource and names are those of OpenTelemetry's variables", { skip }, () => {
  const signals = new Set(receiver.received.map(({ signal }) => signal));
  assert.equal(signals.size, 3);
  for (const one of receiver.received) {
    assert.equal(one.token, "tok=en", one.signal);
    const resource = resourceOf(one);
    assert.equal(resource["deployment.environment"], "a test");
    assert.equal(resource.team, "pictures");
    assert.match(resource["service.instance.id"] ?? "", /^(gateway|depth|render|encode|web)-/);
  }
});

test("a mesh with OTEL_SDK_DISABLED makes its job, pushes nothing and leaves no trace file", {
  skip,
}, async () => {
  const quiet = await startFixture({
    environment: {
      OTEL_SDK_DISABLED: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_SERVICE_NAME: "quiet",
      OTEL_METRIC_EXPORT_INTERVAL: "200",
    },
  });
  try {
    assert.equal((await made(quiet)).state, JobState.JOB_STATE_SUCCEEDED);
    const files = await readdir(quiet.mesh.traces).catch(() => []);
    assert.deepEqual(files, []);
  } finally {
    await quiet.close();
  }
  const said = JSON.stringify(receiver.received);
  assert.ok(!said.includes('"quiet"'));
});

const WRONG: readonly (readonly [variable: string, value: string, expected: RegExp])[] = [
  ["OTEL_TRACES_EXPORTER", "zipkin", /must be one of auto, otlp, none/],
  ["OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", /must be one of grpc/],
  ["OTEL_TRACES_SAMPLER", "jaeger_remote", /must be one of parentbased_always_on/],
  ["OTEL_TRACES_SAMPLER_ARG", "2", /must be a number from 0 to 1/],
  ["OTEL_RESOURCE_ATTRIBUTES", "team", /must be pairs key=value/],
  ["OTEL_SDK_DISABLED", "perhaps", /must be one of false, true/],
];

test("values that mean nothing are named when a service starts", async () => {
  for (const [variable, value, expected] of WRONG) {
    const main = packagePath("dist", "services", "gateway", "main.js");
    const env = { ...process.env, [variable]: value };
    const started = promisify(execFile)(process.execPath, [main], { env });
    await assert.rejects(started, (error: unknown) => {
      const { stderr } = error as { stderr: string };
      assert.ok(stderr.includes(`${variable} is "${value}"`), stderr);
      assert.match(stderr, expected);
      return true;
    });
  }
});

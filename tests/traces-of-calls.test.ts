/**
 * Which calls leave a trace file, whose trace a job continues, and that a job's trace is found
 * where each process keeps it: a real gateway, and a depth worker with a folder of its own.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { credentials } from "@grpc/grpc-js";
import sharp from "sharp";
import { packagePath } from "../kit/process/package-path.js";
import { callClientStream } from "../kit/rpc/client.js";
import { readTrace } from "../kit/telemetry/trace-files.js";
import type { Job } from "../proto/gen/depthmesh/v1/job.js";
import { type CreateJobRequest, JobServiceClient } from "../proto/gen/depthmesh/v1/job_service.js";
import { ArtifactKind, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { eventually } from "../testing/eventually.js";
import {
  type Fixture,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
  upload,
} from "../testing/mesh/fixture.js";

let fixture: Fixture;
before(async () => {
  fixture = await startFixture({
    ...{ render: 0, encode: 0 },
    // As on another host.
    environmentFor: ({ service }, settings) =>
      service === "depth" ? { ...settings, DEPTHMESH_TRACES: elsewhere(settings) } : settings,
  });
});
after(() => fixture?.close());

const elsewhere = ({ DEPTHMESH_TRACES = "" }) => `${DEPTHMESH_TRACES}-of-depth`;

test("the trace of a job has the spans of processes whose files are elsewhere", async () => {
  const { client, mesh } = fixture;
  const spec = JobSpec.fromPartial({ artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH] });
  const { name, traceId } = await client.createJobFromFiles(spec, { photo: SAMPLE });
  assert.equal((await untilEnded(client, name)).error, undefined);
  const namesIn = (folder: string) => readTrace(folder, traceId).map((span) => span.name);
  const other = elsewhere({ DEPTHMESH_TRACES: mesh.traces });
  await eventually("depth has written", () => namesIn(other).includes("process depth"));
  assert.ok(namesIn(mesh.traces).includes("upload"));
  assert.ok(!namesIn(mesh.traces).includes("process depth"));
  const trace = await client.getJobTrace(name);
  assert.deepEqual([trace.traceId, trace.truncated, trace.missingWorkers], [traceId, false, []]);
  assert.deepEqual(
    trace.spans.map((span) => span.name).sort(),
    [...namesIn(mesh.traces), ...namesIn(other)].sort(),
  );
  const inference = trace.spans.find((span) => span.name === "infer");
  assert.equal(inference?.attributes["depthmesh.model"], "depthmesh-tiny");
  assert.match(inference?.worker ?? "", /^depth-/);
  const upload = trace.spans.find((span) => span.name === "upload");
  assert.deepEqual([upload?.service, upload?.offsetMs], ["gateway", 0]);
  // The command on this host sees no file of the depth worker.
  const drawn = await depthmesh("trace", name, "--address", mesh.address);
  assert.match(drawn, /^gateway +upload /m);
  assert.match(drawn, /^depth +infer /m);
  const json = JSON.parse(await depthmesh("trace", name, "--json", "--address", mesh.address));
  assert.equal(json.spans.length, trace.spans.length);
});

async function depthmesh(...options: string[]): Promise<string> {
  const command = packagePath("bin", "depthmesh");
  return (await promisify(execFile)(command, options, { timeout: 60_000 })).stdout;
}

test("a refused call leaves no trace file, and no job continues the trace of another one", async () => {
  const client = new JobServiceClient(fixture.mesh.address, credentials.createInsecure());
  const traceId = "c0ffee".padEnd(32, "0");
  const under = (photo: Uint8Array) => {
    async function* requests(): AsyncGenerator<CreateJobRequest> {
      const header = {
        spec: smallSpec(),
        requestId: "",
        validateOnly: false,
        labels: {},
        webhooks: [],
      };
      yield { kind: { $case: "header", value: header } };
      yield { kind: { $case: "chunk", value: Buffer.from(photo) } };
    }
    return callClientStream<CreateJobRequest, Job>((metadata, callback) => {
      metadata.set("traceparent", `00-${traceId}-${"b".repeat(16)}-01`);
      return client.createJob(metadata, callback);
    }, requests());
  };
  const files = async () => (await readdir(fixture.mesh.traces)).sort();
  const before = await files();
  for (let call = 0; call < 5; call++) {
    await assert.rejects(under(Buffer.from("no photo")), { reason: "IMAGE_UNSUPPORTED_FORMAT" });
    await assert.rejects(fixture.client.createJob(smallSpec(), { photo: upload(Buffer.of(1)) }));
  }
  assert.deepEqual(await files(), before);
  const size = { width: 64, height: 48, channels: 3, background: "teal" } as const;
  const photo = await sharp({ create: size }).png().toBuffer();
  const first = await under(photo);
  assert.equal(first.traceId, traceId, "the caller's trace is continued");
  const others = await Promise.all([under(photo), under(photo)]);
  const ids = [first, ...others].map((job) => job.traceId);
  assert.equal(new Set(ids).size, 3);
  const spans = readTrace(fixture.mesh.traces, traceId);
  assert.equal(spans.filter(({ name }) => name === "upload").length, 1);
  const { mode } = await stat(join(fixture.mesh.traces, `${traceId}.jsonl`));
  assert.equal(mode & 0o777, 0o600);
  for (const { name } of [first, ...others]) await fixture.client.cancelJob(name);
  client.close();
});

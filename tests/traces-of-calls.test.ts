/**
 * Which calls leave a trace file, and whose trace a job continues: a real gateway without workers.
 */
import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { credentials } from "@grpc/grpc-js";
import sharp from "sharp";
import { callClientStream } from "../kit/rpc/client.js";
import { readTrace } from "../kit/telemetry/waterfall.js";
import type { Job } from "../proto/gen/depthmesh/v1/job.js";
import { type CreateJobRequest, JobServiceClient } from "../proto/gen/depthmesh/v1/job_service.js";
import { type Fixture, smallSpec, startFixture, upload } from "../testing/mesh/fixture.js";

let fixture: Fixture;
before(async () => {
  fixture = await startFixture({ depth: 0, render: 0, encode: 0 });
});
after(() => fixture?.close());

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

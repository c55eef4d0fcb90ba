/**
 * Convert in a real mesh: one call from photo to video, which plays while it is rendered; and the
 * command that uses it.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import sharp from "sharp";
import { DepthmeshError } from "../core/errors.js";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import type { ConvertResponse } from "../proto/gen/depthmesh/v1/convert_service.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { decodeWarnings, videoPackets } from "../testing/encode/video.js";
import {
  type Fixture,
  longSpec,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
  upload,
} from "../testing/mesh/fixture.js";

const run = promisify(execFile);
let fixture: Fixture;
before(async () => {
  fixture = await startFixture();
});
after(() => fixture.close());

type Kind = NonNullable<ConvertResponse["kind"]>;
const photo = () => createReadStream(SAMPLE);

test("a call yields the job, progress, a depth thumbnail, fragments and a summary", async () => {
  const { client, folder } = fixture;
  const kinds: Kind[] = [];
  for await (const { kind } of client.convert(longSpec(), { photo: photo() })) {
    assert.ok(kind);
    kinds.push(kind);
  }
  assert.equal(kinds[0]?.$case, "job");
  const of = <C extends Kind["$case"]>(name: C) =>
    kinds.filter((kind): kind is Extract<Kind, { $case: C }> => kind.$case === name);
  const [thumbnail] = of("depthThumbnail");
  const { width, height } = await sharp(thumbnail?.value.data).metadata();
  assert.deepEqual([width, height], [thumbnail?.value.width, thumbnail?.value.height]);
  assert.equal(of("streamStart").length, 1);
  const segments = of("segment").map(({ value }) => value);
  const chunks = of("chunk").map(({ value }) => value);
  const bytes = Buffer.concat(chunks);
  assert.equal(
    segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    bytes.length,
  );
  assert.equal(
    segments.reduce((sum, { frames }) => sum + frames, 0),
    300,
  );
  const firstChunk = kinds.findIndex(({ $case }) => $case === "chunk");
  const encoded = kinds.slice(firstChunk).filter((kind) => kind.$case === "progress");
  assert.ok(encoded.length > 2, "progress goes on after the first fragment");
  const file = join(folder, "call.mp4");
  await writeFile(file, bytes);
  assert.equal(await decodeWarnings(file), "");
  const last = kinds.at(-1);
  assert.ok(last?.$case === "summary");
  assert.equal(last.value.state, JobState.JOB_STATE_SUCCEEDED);
});

test("ending the call cancels the job, and a job that fails ends the call with its error", async () => {
  const { client } = fixture;
  let name = "";
  for await (const { kind } of client.convert(longSpec(), { photo: photo() })) {
    if (kind?.$case === "job") name = kind.value.name;
    if (kind?.$case === "chunk") break;
  }
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_CANCELLED);
  const refused = async (bytes: AsyncIterable<Uint8Array>) => {
    for await (const _ of client.convert(smallSpec(), { photo: bytes }));
  };
  await assert.rejects(
    refused(upload(Buffer.from("no photograph at all, and yet long enough to be looked at"))),
    (error) => error instanceof DepthmeshError && error.reason === "IMAGE_UNSUPPORTED_FORMAT",
  );
});

test("a job without MP4 output yields no fragments, but a summary", async () => {
  const spec = JobSpec.fromPartial({
    ...smallSpec(),
    artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH],
  });
  const cases = new Set<string>();
  for await (const { kind } of fixture.client.convert(spec, { photo: photo() }))
    cases.add(kind?.$case ?? "");
  assert.ok(cases.has("summary") && cases.has("depthThumbnail"));
  assert.ok(!cases.has("chunk"));
});

const COMMAND = packagePath("bin", "depthmesh");
const SMALL = ["--duration", "1", "--fps", "12", "--width", "320"];

test("convert -o - writes the video to standard output and its messages to standard error", async () => {
  const { mesh, folder } = fixture;
  const args = ["convert", SAMPLE, "-o", "-", "--address", mesh.address, ...SMALL];
  const { stdout, stderr } = await run(COMMAND, args, { encoding: "buffer", maxBuffer: 1e8 });
  const file = join(folder, "stdout.mp4");
  await writeFile(file, stdout);
  assert.equal(await decodeWarnings(file), "");
  assert.equal((await videoPackets(file)).length, 12);
  assert.match(stderr.toString(), /finished in/);
});

test("--play without an installed player names the supported players", async () => {
  const bin = join(fixture.folder, "bin");
  await mkdir(bin);
  await symlink("/usr/bin/env", join(bin, "env"));
  await symlink(process.execPath, join(bin, "node"));
  const env = childEnvironment({ PATH: bin });
  await assert.rejects(
    run(COMMAND, ["convert", SAMPLE, "--play"], { env }),
    (error: { stderr: string }) =>
      /PARAMETER_CONFLICT: --play needs a player.*mpv ffplay/.test(error.stderr),
  );
});

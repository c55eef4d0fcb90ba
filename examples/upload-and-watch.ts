/**
 * A durable job: upload a photo, watch its states and progress, download what it made. The job goes
 * on when this program ends; another program can watch it by its name.
 *
 *     node dist/examples/upload-and-watch.js photo.jpg FOLDER [ADDRESS]
 */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { DepthmeshClient } from "../client/client.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind, Codec, Container, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";

const [photo = "", folder = "", address = "127.0.0.1:7410"] = process.argv.slice(2);
if (folder === "") throw new Error("usage: upload-and-watch PHOTO FOLDER [ADDRESS]");

const spec = JobSpec.fromPartial({
  camera: { preset: "push-in" },
  clip: { durationSeconds: 2, longestSide: 640 },
  // Two videos of the same frames, and a still beside them.
  outputs: [
    { container: Container.CONTAINER_MP4, codec: Codec.CODEC_H264 },
    { container: Container.CONTAINER_GIF },
  ],
  artifacts: [ArtifactKind.ARTIFACT_KIND_POSTER],
});

const stateName = (state: JobState) =>
  Object.entries(JobState).find(([, value]) => value === state)?.[0];

const client = new DepthmeshClient(address);
// For 24 hours the same request id returns the same job, so a call can be repeated safely.
const job = await client.createJobFromFiles(spec, { photo }, `example-${photo}-${Date.now()}`);
console.log(job.name, "accepted");

for await (const { kind } of client.watchJob(job.name)) {
  if (kind?.$case === "stateChange") console.log("state", stateName(kind.value.state));
  if (kind?.$case === "progress")
    console.log("rendered", `${Math.round(100 * kind.value.render)} %`);
}

const ended = await client.getJob(job.name);
if (ended.state !== JobState.JOB_STATE_SUCCEEDED) {
  throw new Error(`the job did not succeed: ${ended.error?.message}`);
}
for (const { name } of ended.artifacts) {
  const path = join(folder, name.split("/").at(-1) ?? "");
  const { artifact, chunks } = await client.readArtifact(name);
  await pipeline(chunks, createWriteStream(path));
  console.log(path, artifact.mediaType, artifact.sizeBytes, "bytes");
}
client.close();

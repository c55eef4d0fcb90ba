/**
 * A depth map without a video: the job ends after its depth stage. The map is a 16-bit gray PNG of
 * relative disparity; white is near.
 *
 *     node dist/examples/depth-only.js photo.jpg depth.png [ADDRESS]
 */
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { DepthmeshClient } from "../client/client.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";

const [photo = "", map = "", address = "127.0.0.1:7410"] = process.argv.slice(2);
if (map === "") throw new Error("usage: depth-only PHOTO MAP [ADDRESS]");

// An artifact and no output: nothing is rendered or encoded.
const spec = JobSpec.fromPartial({ artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH] });

const client = new DepthmeshClient(address);
const { name } = await client.createJobFromFiles(spec, { photo });
for await (const _ of client.watchJob(name)) {
  // The watch ends when the job has ended.
}
const job = await client.getJob(name);
if (job.state !== JobState.JOB_STATE_SUCCEEDED) {
  throw new Error(`the job did not succeed: ${job.error?.message}`);
}
const { artifact, chunks } = await client.readArtifact(`${name}/artifacts/depth.png`);
await pipeline(chunks, createWriteStream(map));
console.log(`${artifact.width}×${artifact.height}, estimated by ${job.depthModel}`);
client.close();

/**
 * Your own depth map in place of an estimate: it is uploaded after the photo. This one is made
 * here, a plane that rises from the far top to the near bottom, as raw float32 samples.
 *
 *     node dist/examples/own-depth-map.js photo.jpg video.mp4 [ADDRESS]
 */
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { DepthmeshClient } from "../client/client.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { DepthMapFormat, DepthMapPolarity, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";

const [photo = "", video = "", address = "127.0.0.1:7410"] = process.argv.slice(2);
if (video === "") throw new Error("usage: own-depth-map PHOTO VIDEO [ADDRESS]");

// The map needs the photo's shape, not its size: a small one is enlarged along the photo's edges.
const [width, height] = [96, 64];
const disparity = Float32Array.from(
  { length: width * height },
  (_, i) => Math.floor(i / width) / (height - 1),
);

const spec = JobSpec.fromPartial({
  camera: { preset: "vertical" },
  clip: { durationSeconds: 2, longestSide: 640 },
  depth: {
    map: {
      format: DepthMapFormat.DEPTH_MAP_FORMAT_FLOAT32,
      polarity: DepthMapPolarity.DEPTH_MAP_POLARITY_NEAR_IS_WHITE,
      width,
      height,
    },
  },
});

async function* bytesOf({ buffer }: Float32Array): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(buffer);
}

const client = new DepthmeshClient(address);
const files = { photo: createReadStream(photo), depthMap: bytesOf(disparity) };
const { name } = await client.createJob(spec, files);
for await (const _ of client.watchJob(name)) {
  // The watch ends when the job has ended.
}
const job = await client.getJob(name);
if (job.state !== JobState.JOB_STATE_SUCCEEDED) {
  throw new Error(`the job did not succeed: ${job.error?.message}`);
}
// Notes say where the result differs from the request, for example that the map was stretched.
for (const { code, message } of job.notes) console.log(code, message);
const { chunks } = await client.readArtifact(`${name}/artifacts/video.mp4`);
await pipeline(chunks, createWriteStream(video));
client.close();

/**
 * RenderStill and GetCapabilities of a real render service, for scenes that the caller sends and
 * for jobs.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import sharp from "sharp";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { chunksOf } from "../kit/rpc/chunks.js";
import { callUnary, meshClient, outgoingMetadata, readStream } from "../kit/rpc/client.js";
import {
  type RenderCapabilities,
  RenderServiceClient,
  type RenderStillHeader,
  type RenderStillRequest,
  type RenderStillResponse,
  type StillHeader,
} from "../proto/gen/depthmesh/stage/v1/render_service.js";
import {
  type WorkerDescription,
  WorkerServiceClient,
} from "../proto/gen/depthmesh/stage/v1/worker_service.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind, JobSpec, StillOptions } from "../proto/gen/depthmesh/v1/spec.js";
import {
  type Fixture,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
} from "../testing/mesh/fixture.js";

const run = promisify(execFile);
const SIZE = { width: 120, height: 80 };
const PHOTO = Uint8Array.from({ length: 3 * 120 * 80 }, (_, i) => (i % 360) / 1.5 + (i % 3) * 5);
const RAMP = Uint16Array.from({ length: 60 * 40 }, (_, i) => (i % 60) * 1000);

let fixture: Fixture;
let client: RenderServiceClient;
let address: string;
before(async () => {
  fixture = await startFixture();
  address = fixture.mesh.children("render")[0]?.address ?? "";
  client = meshClient(RenderServiceClient, address, { access: fixture.mesh.access.mesh });
});
after(async () => {
  client.close();
  await fixture.close();
});

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array) =>
  Buffer.from(buffer, byteOffset, byteLength);

/** The messages of a request: its header, then the chunks of both rasters. */
function* request(
  header: RenderStillHeader,
  photo: Uint8Array = PHOTO,
  disparity: Uint16Array = RAMP,
): Generator<RenderStillRequest> {
  yield { kind: { $case: "header", value: header } };
  for (const chunk of chunksOf(photo, 10_000)) {
    yield { kind: { $case: "photoChunk", value: bytesOf(chunk) } };
  }
  // An odd size cuts inside a sample on purpose, which is allowed.
  for (const chunk of chunksOf(bytesOf(disparity), 999)) {
    yield { kind: { $case: "disparityChunk", value: bytesOf(chunk) } };
  }
}

function sceneHeader(
  preset: string,
  taus: number[],
  disparity = { width: 60, height: 40 },
): RenderStillHeader {
  const spec = JobSpec.fromPartial({ camera: { preset }, clip: SIZE });
  return { source: { $case: "scene", value: { spec, photo: SIZE, disparity } }, taus };
}

const jobHeader = (job: string, taus: number[]): RenderStillHeader => ({
  source: { $case: "job", value: job },
  taus,
});

interface Answer {
  readonly notes: string[];
  readonly stills: (StillHeader & { readonly png: Buffer })[];
}

async function ask(requests: Iterable<RenderStillRequest>): Promise<Answer> {
  const call = client.renderStill(outgoingMetadata());
  // An error also ends the reading side, which reports it below.
  call.on("error", () => {});
  for (const message of requests) call.write(message);
  call.end();
  const notes: string[] = [];
  const stills: (StillHeader & { png: Buffer })[] = [];
  for await (const { kind } of readStream<RenderStillResponse>(call)) {
    if (kind?.$case === "info") notes.push(...kind.value.notes.map(({ code }) => code));
    if (kind?.$case === "still") stills.push({ ...kind.value, png: Buffer.alloc(0) });
    const last = stills.at(-1);
    if (kind?.$case === "chunk" && last) last.png = Buffer.concat([last.png, kind.value]);
  }
  for (const { png, sizeBytes } of stills) assert.equal(png.length, sizeBytes);
  return { notes, stills };
}

const pixelsOf = (png: Buffer) => sharp(png).raw().toBuffer();

test("stills come in the requested order, lossless and in the clip's size", async () => {
  const { notes, stills } = await ask(request(sceneHeader("still", [1, 0, 0.5])));
  assert.deepEqual(notes, []);
  assert.deepEqual(
    stills.map(({ tau, width, height }) => [tau, width, height]),
    [1, 0, 0.5].map((tau) => [tau, SIZE.width, SIZE.height]),
  );
  for (const { png } of stills) {
    const pixels = await pixelsOf(png);
    const worst = Math.max(...pixels.map((value, i) => Math.abs(value - (PHOTO[i] ?? 0))));
    assert.ok(worst <= 2, `still is the photo itself, but for ${worst} levels`);
  }
});

test("a moving camera gives different stills at different moments and the same at the same moment", async () => {
  const { stills } = await ask(request(sceneHeader("horizontal", [0.25, 0.75, 0.25])));
  const [left, right, again] = stills.map(({ png }) => png.toString("base64"));
  assert.notEqual(left, right);
  assert.equal(left, again);
});

test("a flat depth map is drawn; a depth map of another aspect is stretched, with a note", async () => {
  const flat = new Uint16Array(60 * 40).fill(40_000);
  const { notes, stills } = await ask(request(sceneHeader("circle", [0]), PHOTO, flat));
  assert.deepEqual([notes, stills.length], [[], 1]);
  const square = { width: 30, height: 30 };
  const map = RAMP.subarray(0, 900);
  const other = await ask(request(sceneHeader("circle", [0], square), PHOTO, map));
  // The rows of the ramp do not fit the square: it is steep, and the camera is weakened as well.
  assert.deepEqual(other.notes, ["CAMERA_WEAKENED", "DEPTH_STRETCHED"]);
  assert.equal(other.stills.length, 1);
});

test("the still of a job equals its poster byte for byte", async () => {
  const spec = {
    ...smallSpec(),
    artifacts: [ArtifactKind.ARTIFACT_KIND_POSTER],
    stills: StillOptions.fromPartial({ posterTau: 0.3 }),
  };
  const { name } = await fixture.client.createJobFromFiles(spec, { photo: SAMPLE });
  const job = await untilEnded(fixture.client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED);
  const { stills } = await ask(headerOnly(jobHeader(name, [0.3])));
  const sha256 = createHash("sha256")
    .update(stills[0]?.png ?? "")
    .digest("hex");
  assert.equal(sha256, job.artifacts[0]?.sha256);
});

function headerOnly(header: RenderStillHeader): RenderStillRequest[] {
  return [{ kind: { $case: "header", value: header } }];
}
const huge = sceneHeader("still", [0], { width: 65_535, height: 65_535 });
const REFUSED: [string, Iterable<RenderStillRequest>, string, string][] = [
  ["no moment", headerOnly(sceneHeader("still", [])), "PARAMETER_OUT_OF_RANGE", "limit_minimum"],
  [
    "17 moments",
    headerOnly(sceneHeader("still", Array(17).fill(0))),
    "PARAMETER_OUT_OF_RANGE",
    "actual",
  ],
  [
    "a moment after the end",
    request(sceneHeader("still", [0, 1.01])),
    "PARAMETER_OUT_OF_RANGE",
    "actual",
  ],
  [
    "a moment before the start",
    request(sceneHeader("still", [-0.1])),
    "PARAMETER_OUT_OF_RANGE",
    "actual",
  ],
  [
    "a moment that is no number",
    request(sceneHeader("still", [Number.NaN])),
    "PARAMETER_OUT_OF_RANGE",
    "field",
  ],
  ["an unknown preset", request(sceneHeader("loop-the-loop", [0])), "PRESET_UNKNOWN", "known"],
  [
    "no pixels",
    request(sceneHeader("still", [0], { width: 0, height: 40 })),
    "PARAMETER_OUT_OF_RANGE",
    "actual",
  ],
  ["too many pixels", headerOnly(huge), "IMAGE_TOO_MANY_PIXELS", "limit_pixels"],
  [
    "a byte too few",
    request(sceneHeader("still", [0]), PHOTO.subarray(1)),
    "PARAMETER_CONFLICT",
    "actual_bytes",
  ],
  [
    "a byte too many",
    request(sceneHeader("still", [0]), new Uint8Array(PHOTO.length + 1)),
    "PARAMETER_CONFLICT",
    "limit_bytes",
  ],
  [
    "half a depth map",
    request(sceneHeader("still", [0]), PHOTO, RAMP.subarray(1200)),
    "PARAMETER_CONFLICT",
    "limit_bytes",
  ],
  ["no scene", request({ source: undefined, taus: [0] }), "PARAMETER_CONFLICT", "field"],
  ["no header", [...request(sceneHeader("still", [0]))].slice(1), "PARAMETER_CONFLICT", "field"],
  [
    "two headers",
    [...headerOnly(sceneHeader("still", [0])), ...headerOnly(sceneHeader("still", [0]))],
    "PARAMETER_CONFLICT",
    "field",
  ],
  ["a name that is no job's", headerOnly(jobHeader("jobs/nonsense", [0])), "JOB_NOT_FOUND", "name"],
  ["chunks for a job", request(jobHeader("jobs/x", [0])), "PARAMETER_CONFLICT", "field"],
];

for (const [what, requests, reason, fact] of REFUSED) {
  test(`${what} is refused with ${reason}`, async () => {
    await assert.rejects(ask(requests), (error: { reason?: string; metadata?: object }) => {
      assert.equal(error.reason, reason, String(error));
      assert.ok(Object.hasOwn(error.metadata ?? {}, fact), `metadata lacks ${fact}`);
      return true;
    });
  });
}

test("GetCapabilities and Describe tell what draws", async () => {
  const capabilities = await callUnary<RenderCapabilities>((metadata, callback) =>
    client.getCapabilities({}, metadata, callback),
  );
  assert.ok(capabilities.frameMs > 0);
  assert.ok(capabilities.maxFrameSidePixels >= 2048);
  assert.ok(capabilities.qualities.includes(capabilities.defaultQuality));
  assert.equal(capabilities.defaultQuality, capabilities.isGpu ? "fine" : "fast");
  const worker = meshClient(WorkerServiceClient, address, { access: fixture.mesh.access.mesh });
  const { facts } = await callUnary<WorkerDescription>((metadata, callback) =>
    worker.describe({}, metadata, callback),
  );
  worker.close();
  assert.match(facts.renderer ?? "", /ms for a 1280×720 frame/);
  assert.equal(facts.quality, capabilities.defaultQuality);
});

test("a service that requires a GPU does not start on software GL, and names it", async () => {
  const env = childEnvironment({
    DEPTHMESH_REQUIRE_GPU: "yes",
    // Forces software GL on a machine with a GPU.
    LIBGL_ALWAYS_SOFTWARE: "1",
    __GLX_VENDOR_LIBRARY_NAME: "mesa",
    DEPTHMESH_NATS_URL: fixture.mesh.natsUrlFor("render"),
    DEPTHMESH_GATEWAY: fixture.mesh.internalAddress,
    DEPTHMESH_TRACES: fixture.mesh.traces,
  });
  const main = packagePath("dist", "services", "render", "main.js");
  const { code, stdout, stderr } = await run(process.execPath, [main], { env }).then(
    () => assert.fail("it served"),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  assert.equal(code, 1);
  assert.equal(stdout, "", "it was never ready");
  assert.match(stderr, /error: DEPTHMESH_REQUIRE_GPU is set, and there is no GPU: .*software/);
});

/**
 * Pictures at once from a real mesh: stills that equal a job's frames, contact sheets, sessions
 * that show the newest camera and outlive their render worker, uploads, other tenants.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { interact } from "../client/interact.js";
import { uploadFile } from "../client/upload-file.js";
import { PRESET_NAMES } from "../core/scene/presets.js";
import { collect } from "../kit/rpc/chunks.js";
import { WorkerState } from "../proto/gen/depthmesh/v1/admin_service.js";
import {
  type DeepPartial,
  type InteractResponse,
  InteractStart,
  PreviewFormat,
  type PreviewSource,
  RenderContactSheetRequest,
  RenderStillRequest,
} from "../proto/gen/depthmesh/v1/preview_service.js";
import { ArtifactKind, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { UploadServiceService } from "../proto/gen/depthmesh/v1/upload_service.js";
import { eventually } from "../testing/eventually.js";
import { type Fixture, SAMPLE, startFixture, untilEnded } from "../testing/mesh/fixture.js";
import { meanDifference } from "../testing/pictures/mean-difference.js";
import { PushedCameras } from "../testing/previews/pushed-cameras.js";

let fixture: Fixture;
let source: PreviewSource;
let poster: Buffer;

const TAU = 0.3;

/** Ends at its poster, which is a frame of its clip. */
const spec = () =>
  JobSpec.fromPartial({
    camera: { preset: "circle" },
    clip: { longestSide: 640 },
    artifacts: [ArtifactKind.ARTIFACT_KIND_POSTER],
    stills: { posterTau: TAU },
  });

before(async () => {
  fixture = await startFixture({
    environment: { DEPTHMESH_PREVIEW_IDLE_MS: "2000", DEPTHMESH_MAX_PREVIEWS: "4" },
  });
  const { client } = fixture;
  const { name } = await client.createJobFromFiles(spec(), { photo: SAMPLE });
  assert.equal((await untilEnded(client, name)).error, undefined);
  const { chunks } = await client.readArtifact(`${name}/artifacts/poster.png`);
  poster = Buffer.from(await collect(chunks));
  source = { kind: { $case: "job", value: name } };
});
after(() => fixture.close());

const still = (request: DeepPartial<RenderStillRequest>) =>
  fixture.client.renderStill(RenderStillRequest.fromPartial({ source, ...request }));

test("a still equals the job's picture of the same moment, in each format", async () => {
  const options = (format: PreviewFormat) => ({ longestSide: 640, format, quality: 90 });
  const png = await still({ tau: TAU, options: options(PreviewFormat.PREVIEW_FORMAT_PNG) });
  assert.ok(png.picture);
  assert.deepEqual([png.picture.width, png.picture.height], [640, 426]);
  assert.ok((await meanDifference(png.picture.data, poster)) < 0.5);
  for (const format of [PreviewFormat.PREVIEW_FORMAT_JPEG, PreviewFormat.PREVIEW_FORMAT_WEBP]) {
    const { picture } = await still({ tau: TAU, options: options(format) });
    assert.ok(picture);
    assert.equal(`image/${(await sharp(picture.data).metadata()).format}`, picture.mediaType);
    assert.ok((await meanDifference(picture.data, poster)) < 5, picture.mediaType);
  }
  const other = await still({ tau: 0.8, options: options(PreviewFormat.PREVIEW_FORMAT_PNG) });
  assert.ok((await meanDifference(other.picture?.data ?? Buffer.alloc(0), poster)) > 1.5);
});

test("a spec of the request replaces the job's, and the default size is 480p", async () => {
  const asJob = await still({ tau: TAU });
  assert.equal(asJob.picture?.width, 854);
  const push = await still({ tau: 0.5, spec: { camera: { preset: "push-in" } } });
  assert.notDeepEqual(push.picture?.data, asJob.picture?.data);
  const square = await still({
    spec: { clip: { width: 512, height: 512 } },
    options: { longestSide: 256 },
  });
  assert.deepEqual([square.picture?.width, square.picture?.height], [256, 256]);
});

test("a contact sheet shows every preset once, with its name below it", async () => {
  const request = RenderContactSheetRequest.fromPartial({ source, options: { longestSide: 1200 } });
  const { picture, presets } = await fixture.client.renderContactSheet(request);
  assert.deepEqual(presets, [...PRESET_NAMES]);
  assert.ok(picture && Math.max(picture.width, picture.height) <= 1210);
  const { width, height } = await sharp(picture.data).metadata();
  assert.deepEqual([width, height], [picture.width, picture.height]);
  // Ink of a name stands on the paper below the first still.
  const { data, info } = await sharp(picture.data).raw().toBuffer({ resolveWithObject: true });
  const rowIsPaper = (y: number) => {
    const row = data.subarray(3 * info.width * y, 3 * info.width * (y + 1));
    return row.every((value) => value < 60);
  };
  const bands: boolean[] = [];
  for (let y = 0; y < info.height; y++) {
    const isPaper = rowIsPaper(y);
    if (isPaper !== bands.at(-1)) bands.push(isPaper);
  }
  // Paper, stills, paper, names, and so on, and paper at the end: four bands a row of stills.
  const rows = (bands.length - 1) / 4;
  assert.ok(Number.isInteger(rows) && rows >= 3 && rows <= 6, `${bands.length} bands`);
});

test("what is wrong is refused by its reason", async () => {
  await assert.rejects(still({ tau: 2 }), { reason: "PARAMETER_OUT_OF_RANGE" });
  await assert.rejects(still({ options: { longestSide: 4000 } }), {
    reason: "PARAMETER_OUT_OF_RANGE",
  });
  await assert.rejects(still({ spec: { camera: { preset: "no" } } }), { reason: "PRESET_UNKNOWN" });
  await assert.rejects(still({ source: {} }), { reason: "PARAMETER_CONFLICT" });
  const unknown = { kind: { $case: "job" as const, value: `jobs/${"0".repeat(26)}` } };
  await assert.rejects(still({ source: unknown }), { reason: "JOB_NOT_FOUND" });
  const noUpload = { kind: { $case: "upload" as const, value: `uploads/${"0".repeat(26)}` } };
  await assert.rejects(still({ source: noUpload }), { reason: "UPLOAD_NOT_FOUND" });
});

function session(cameras: PushedCameras) {
  const start = InteractStart.fromPartial({ source, options: { longestSide: 320 } });
  return interact(fixture.client, start, cameras, { signal: AbortSignal.timeout(60_000) });
}

function frameIn({ kind }: InteractResponse) {
  assert.ok(kind?.$case === "frame");
  return kind.value;
}

test("of a burst of cameras the newest is shown; sequences rise, and none is unaccounted", async () => {
  const cameras = new PushedCameras();
  const seen: { sequence: number; passedOver: number }[] = [];
  const all = Array.from({ length: 200 }, (_, i) => i + 1);
  for await (const response of session(cameras)) {
    if (response.kind?.$case === "ready") {
      assert.deepEqual(response.kind.value, { ...response.kind.value, width: 320, height: 214 });
      cameras.push(...all);
      cameras.end();
      continue;
    }
    const { sequence, passedOver, picture } = frameIn(response);
    seen.push({ sequence, passedOver });
    assert.equal((await sharp(picture?.data).metadata()).width, 320);
  }
  assert.equal(seen.at(-1)?.sequence, 200);
  assert.ok(seen.length < 100, `${seen.length} frames of 200 cameras`);
  assert.ok(seen.every(({ sequence }, i) => i === 0 || sequence > (seen[i - 1]?.sequence ?? 0)));
  assert.equal(
    seen.reduce((sum, { passedOver }) => sum + 1 + passedOver, 0),
    200,
  );
});

test("a session goes on with the successor of a killed render worker", async () => {
  const cameras = new PushedCameras();
  const frames = session(cameras);
  assert.equal((await frames.next()).value?.kind?.$case, "ready");
  cameras.push(1);
  assert.equal(frameIn((await frames.next()).value as InteractResponse).sequence, 1);
  const [render] = fixture.mesh.children("render");
  process.kill(render?.pid ?? 0, "SIGKILL");
  cameras.push(2);
  assert.equal(frameIn((await frames.next()).value as InteractResponse).sequence, 2);
  cameras.end();
  assert.equal((await frames.next()).done, true);
});

test("a killed worker is shown as one that does not answer, and said to be a problem", async () => {
  const { workers, problems } = await fixture.admin.getSystemStatus();
  const states = workers
    .filter(({ service }) => service === "render")
    .map(({ state }) => state)
    .sort();
  assert.deepEqual(states, [
    WorkerState.WORKER_STATE_SERVING,
    WorkerState.WORKER_STATE_UNREACHABLE,
  ]);
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? "", /^workers\/render-\S+ does not answer at 127\.0\.0\.1:\d+/);
  const services = workers.map(({ service }) => service);
  assert.deepEqual([...new Set(services)], ["gateway", "depth", "render", "encode"]);
});

test("a drained render worker lets its sessions go to its successor", async () => {
  const { admin } = fixture;
  const serving = async () => {
    const { workers } = await admin.listWorkers("render");
    return workers.filter(({ state }) => state === WorkerState.WORKER_STATE_SERVING);
  };
  const cameras = new PushedCameras();
  const frames = session(cameras);
  await frames.next();
  const [worker] = await serving();
  await admin.drainWorker(worker?.name ?? "");
  cameras.push(1);
  assert.equal(frameIn((await frames.next()).value as InteractResponse).sequence, 1);
  cameras.end();
  assert.equal((await frames.next()).done, true);
  const [successor] = await serving();
  assert.ok(successor && successor.name !== worker?.name);
  await assert.rejects(admin.drainWorker("workers/nobody"), { reason: "WORKER_NOT_FOUND" });
  await assert.rejects(admin.listWorkers("painter"), { reason: "PARAMETER_OUT_OF_RANGE" });
});

test("a session ends without cameras, and there are three for a tenant of four in all", async () => {
  const idle = session(new PushedCameras());
  await idle.next();
  await assert.rejects(idle.next(), { reason: "JOB_DEADLINE_EXCEEDED" });
  const open = [1, 2, 3].map(() => session(new PushedCameras()));
  await Promise.all(open.map((frames) => frames.next()));
  await assert.rejects(session(new PushedCameras()).next(), { reason: "RATE_LIMITED" });
  await Promise.all(open.map((frames) => frames.return(undefined)));
  await eventually("places are free again", async () => {
    const frames = session(new PushedCameras());
    const first = await frames.next().catch(() => undefined);
    await frames.return(undefined);
    return first?.value?.kind?.$case === "ready";
  });
});

test("a job that is drawn meanwhile and a session both go on", async () => {
  const { client } = fixture;
  const { name } = await client.createJobFromFiles(
    JobSpec.fromPartial({ clip: { durationSeconds: 2, longestSide: 640 } }),
    { photo: SAMPLE },
  );
  const ended = untilEnded(client, name);
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const cameras = new PushedCameras();
  let frames = 0;
  cameras.push(0);
  for await (const { kind } of session(cameras)) {
    if (kind?.$case !== "frame") continue;
    frames += 1;
    if (isOver) cameras.end();
    else cameras.push(frames);
  }
  assert.equal((await ended).error, undefined);
  assert.ok(frames > 10, `${frames} frames beside the job`);
});

test("an upload is decoded and estimated once, and shows what its job shows", async () => {
  const { client } = fixture;
  const upload = await client.call(UploadServiceService.createUpload, { requestId: "" });
  const named = { kind: { $case: "upload" as const, value: upload.name } };
  await assert.rejects(still({ source: named }), { reason: "UPLOAD_INCOMPLETE" });
  await uploadFile(client, SAMPLE, { upload: upload.name });
  const options = { longestSide: 640, format: PreviewFormat.PREVIEW_FORMAT_PNG };
  const { picture } = await still({ source: named, tau: TAU, spec: spec(), options });
  assert.ok(picture);
  assert.ok((await meanDifference(picture.data, poster)) < 1);
  const again = await still({ source: named, tau: TAU, spec: spec(), options });
  assert.deepEqual(again.picture?.data, picture.data);
});

test("a job without a depth map is not ready", async () => {
  const { client } = fixture;
  const [depth] = fixture.mesh.children("depth");
  process.kill(depth?.pid ?? 0, "SIGSTOP");
  try {
    const { name } = await client.createJobFromFiles(spec(), { photo: SAMPLE });
    const early = { kind: { $case: "job" as const, value: name } };
    await assert.rejects(still({ source: early }), { reason: "JOB_NOT_READY" });
    await client.cancelJob(name);
  } finally {
    process.kill(depth?.pid ?? 0, "SIGCONT");
  }
});

/** EstimateDepth and the model RPCs, on a depth service process without a gateway. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import type { DepthmeshError } from "../core/errors.js";
import { createLog } from "../kit/log.js";
import { connectBus } from "../kit/nats/connect.js";
import { chunksOf } from "../kit/rpc/chunks.js";
import { callUnary, meshClient, outgoingMetadata, readStream } from "../kit/rpc/client.js";
import { readTrace } from "../kit/telemetry/trace-files.js";
import { ServiceChild } from "../launcher/child.js";
import { NatsServer } from "../launcher/nats-server.js";
import { ensureTopology } from "../pipeline/topology/ensure-topology.js";
import {
  DepthFormat,
  type DepthMapInfo,
  DepthServiceClient,
  EstimateDepthHeader,
  type EstimateDepthRequest,
  type EstimateDepthResponse,
  type ListModelsResponse,
  type LoadModelResponse,
  type ModelStatistics,
  type UnloadModelResponse,
} from "../proto/gen/depthmesh/stage/v1/depth_service.js";
import { DegradePolicy, ModelState } from "../proto/gen/depthmesh/v1/model.js";
import { DepthOptions } from "../proto/gen/depthmesh/v1/spec.js";
import { type ModelFolder, modelFolder } from "../testing/models/model-folder.js";
import { BRIGHTNESS } from "../testing/models/onnx-graph.js";

const SMALL = "depth-anything-v2-small";

let nats: NatsServer;
let depth: ServiceChild;
let client: DepthServiceClient;
let models: ModelFolder;
let modelFile: string;
let folder: string;
let home: string;
let photo: Buffer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-depth-"));
  home = join(folder, "home");
  await mkdir(home);
  models = await modelFolder();
  modelFile = models.install(SMALL, BRIGHTNESS);
  nats = await NatsServer.start({ folder: join(folder, "nats") });
  await setUpNats();
  depth = new ServiceChild({
    ...{ service: "depth", log: "inherit" },
    environment: {
      DEPTHMESH_NATS_URL: nats.urlFor("depth"),
      DEPTHMESH_TRACES: join(folder, "traces"),
      DEPTHMESH_MODELS: models.path,
      DEPTHMESH_LOG: "silent",
      HOME: home,
      XDG_CACHE_HOME: "",
      TMPDIR: home,
      DEPTHMESH_DRAIN_MS: "1000",
    },
  });
  await depth.start();
  client = meshClient(DepthServiceClient, depth.address);
  const half = { width: 160, height: 240, channels: 3 as const };
  const white = await sharp({ create: { ...half, background: "#ffffff" } })
    .png()
    .toBuffer();
  photo = await sharp({ create: { ...half, width: 320, background: "#202020" } })
    .composite([{ input: white, left: 160, top: 0 }])
    .png()
    .toBuffer();
});
after(async () => {
  client?.close();
  await depth?.stop(10_000);
  await nats?.stop();
  await models.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Creates the streams and buckets, as the gateway does when it starts. */
async function setUpNats(): Promise<void> {
  const bus = await connectBus(
    nats.urlFor("gateway"),
    "set-up",
    createLog("silent", { service: "test", worker: "test" }),
  );
  await ensureTopology(bus, { leaseMs: 2_000, queueLimit: 10 });
  await bus.close();
}

interface Answer {
  readonly info: DepthMapInfo;
  readonly bytes: Buffer;
}

async function estimate(
  header: Partial<EstimateDepthHeader> = {},
  bytes: Uint8Array = photo,
): Promise<Answer> {
  const call = client.estimateDepth(outgoingMetadata());
  const send = (kind: NonNullable<EstimateDepthRequest["kind"]>) => call.write({ kind });
  send({ $case: "header", value: EstimateDepthHeader.fromPartial(header) });
  for (const chunk of chunksOf(bytes)) send({ $case: "chunk", value: Buffer.from(chunk) });
  call.end();
  return answerOf(readStream<EstimateDepthResponse>(call as never));
}

async function answerOf(responses: AsyncIterable<EstimateDepthResponse>): Promise<Answer> {
  let info: DepthMapInfo | undefined;
  const parts: Uint8Array[] = [];
  for await (const { kind } of responses) {
    if (kind?.$case === "info") info = kind.value;
    if (kind?.$case === "chunk") parts.push(kind.value);
  }
  if (!info) assert.fail("no info");
  const bytes = Buffer.concat(parts);
  assert.equal(bytes.length, info.sizeBytes);
  return { info, bytes };
}

test("a run writes no file into the home folder and sends no telemetry", async () => {
  await estimate();
  assert.deepEqual(await readdir(home), []);
  assert.ok(!existsSync(`/tmp/mat-debug-${depth.pid}.log`), "the log of onnxruntime's telemetry");
});

test("the default answer is a 16-bit PNG made by the best installed model", async () => {
  const { info, bytes } = await estimate();
  assert.deepEqual([info.width, info.height, info.model, info.provider], [320, 240, SMALL, "cpu"]);
  assert.equal(info.format, DepthFormat.DEPTH_FORMAT_PNG16);
  assert.deepEqual(info.notes, []);
  assert.ok(info.rawMinimum < info.rawMaximum);
  const facts = await sharp(bytes).metadata();
  assert.deepEqual([facts.format, facts.depth, facts.width], ["png", "ushort", 320]);
});

test("the same map can be requested as float32 rows, and the bright half is near", async () => {
  const { info, bytes } = await estimate({ format: DepthFormat.DEPTH_FORMAT_FLOAT32 });
  assert.equal(bytes.length, 4 * info.width * info.height);
  const values = new Float32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  );
  const at = (x: number) => values[120 * info.width + x] ?? Number.NaN;
  assert.ok(at(40) < 0.05, `${at(40)}`);
  assert.ok(at(280) > 0.95, `${at(280)}`);
});

test("the caller chooses the post-processing: an inverted and a smaller map", async () => {
  const format = DepthFormat.DEPTH_FORMAT_FLOAT32;
  const depth = DepthOptions.fromPartial({ invert: true, longSidePixels: 256 });
  const { info, bytes } = await estimate({ format, depth });
  assert.deepEqual([info.width, info.height], [256, 192]);
  const middle = 96 * info.width;
  assert.ok(bytes.readFloatLE(4 * (middle + 30)) > 0.95);
  assert.ok(bytes.readFloatLE(4 * (middle + 226)) < 0.05);
  const wrong = DepthOptions.fromPartial({ fattenPixels: 100_000 });
  await assert.rejects(estimate({ depth: wrong }), { reason: "PARAMETER_OUT_OF_RANGE" });
  const supplied = DepthOptions.fromPartial({ map: {} });
  await assert.rejects(estimate({ depth: supplied }), { reason: "PARAMETER_CONFLICT" });
});

test("a model can be chosen by name, and unknown names and values are refused", async () => {
  assert.equal((await estimate({ model: "depthmesh-tiny" })).info.model, "depthmesh-tiny");
  const refused = (header: Partial<EstimateDepthHeader>, reason: string) =>
    assert.rejects(estimate(header), { reason }, reason);
  await refused({ model: "depth-anything-v9" }, "MODEL_UNKNOWN");
  await refused({ model: "depth-anything-v2-large" }, "MODEL_LICENCE_FORBIDDEN");
  await refused({ format: 9 as DepthFormat }, "PARAMETER_UNKNOWN");
  await refused({ degradePolicy: 9 as DegradePolicy }, "PARAMETER_UNKNOWN");
  await assert.rejects(estimate({ model: "midas-v2.1-small" }), (error: DepthmeshError) => {
    assert.equal(error.reason, "MODEL_NOT_INSTALLED");
    assert.equal(error.metadata.command, "depthmesh models pull midas-v2.1-small");
    return true;
  });
});

test("bad photos and messages in a wrong order are refused", async () => {
  const text = Buffer.from("Dear diary, this is no photograph at all.");
  await assert.rejects(estimate({}, text), { reason: "IMAGE_UNSUPPORTED_FORMAT" });
  await assert.rejects(estimate({}, photo.subarray(0, -20)), { reason: "IMAGE_TRUNCATED" });
  const call = client.estimateDepth(outgoingMetadata());
  call.write({ kind: { $case: "chunk", value: photo } });
  call.end();
  await assert.rejects(answerOf(readStream(call as never)), { reason: "PARAMETER_CONFLICT" });
});

const load = (name: string) =>
  callUnary<LoadModelResponse>((metadata, done) => client.loadModel({ name }, metadata, done));
const unload = (name: string) =>
  callUnary<UnloadModelResponse>((metadata, done) => client.unloadModel({ name }, metadata, done));
async function statistics(): Promise<Map<string, ModelStatistics>> {
  const { models: list } = await callUnary<{ models: ModelStatistics[] }>((metadata, done) =>
    client.getModelStatistics({}, metadata, done),
  );
  return new Map(list.map((model) => [model.name, model]));
}

test("models are listed, loaded and unloaded, and their runs are counted", async () => {
  const { models: list } = await callUnary<ListModelsResponse>((metadata, done) =>
    client.listModels({}, metadata, done),
  );
  const stateOf = (name: string) => list.find((model) => model.name === name)?.state;
  assert.equal(stateOf(SMALL), ModelState.MODEL_STATE_AVAILABLE);
  assert.equal(stateOf("midas-v2.1-small"), ModelState.MODEL_STATE_NOT_INSTALLED);
  assert.equal(stateOf("depth-anything-v2-large"), ModelState.MODEL_STATE_LICENCE_FORBIDDEN);
  assert.deepEqual(
    list.filter((model) => model.isDefault).map(({ name }) => name),
    [SMALL],
  );

  await unload(SMALL);
  assert.equal((await statistics()).get(SMALL), undefined);
  const loaded = await load(SMALL);
  assert.deepEqual(
    loaded.models.map(({ name, provider }) => [name, provider]),
    [[SMALL, "cpu"]],
  );
  await estimate();
  await estimate();
  const counted = (await statistics()).get(SMALL);
  assert.deepEqual([counted?.photos, counted?.runs, counted?.running], [2, 2, 0]);
  assert.ok((counted?.meanRunMs ?? 0) > 0 && (counted?.maxRunMs ?? 0) >= (counted?.meanRunMs ?? 0));
  assert.equal((await unload(SMALL)).sessions, 1);
  assert.equal((await unload(SMALL)).sessions, 0);
  await assert.rejects(load("depth-anything-v9"), { reason: "MODEL_UNKNOWN" });
});

test("a modified model file makes the built-in model step in, which the answer and the trace report", async () => {
  await unload(SMALL);
  const right = await readFile(modelFile);
  await writeFile(modelFile, Buffer.from(right).fill(0, 0, 8));
  const forbidden = { degradePolicy: DegradePolicy.DEGRADE_POLICY_FORBID };
  await assert.rejects(estimate(forbidden), { reason: "MODEL_CORRUPT" });
  const { info } = await estimate();
  assert.equal(info.model, "depthmesh-tiny");
  assert.deepEqual(
    info.notes.map(({ stage, code, metadata }) => ({ stage, code, ...metadata })),
    [
      {
        ...{ stage: "depth", code: "DEPTH_DEGRADED" },
        ...{ from: `${SMALL} on cpu`, to: "depthmesh-tiny on cpu" },
        ...{ reason: "MODEL_CORRUPT", detail: "corrupt" },
      },
    ],
  );
  const traces = await readdir(join(folder, "traces"));
  const spans = traces.flatMap((name) =>
    readTrace(join(folder, "traces"), name.split(".")[0] ?? ""),
  );
  const degraded = spans.filter(({ events }) => events?.some(({ name }) => name === "degraded"));
  assert.deepEqual(
    degraded.map(({ name }) => name),
    ["infer"],
  );
  // A restored file is used again.
  await writeFile(modelFile, right);
  assert.equal((await estimate()).info.model, SMALL);
});

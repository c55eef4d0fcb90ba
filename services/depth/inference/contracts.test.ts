/**
 * Runs every model family of the manifest on a small graph with the inputs and outputs of that
 * family, whose result can be computed by hand. Proves that input size, normalization, channel
 * order, polarity, tensor rank and the choice of the output follow the contract.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createLog } from "../../../kit/log.js";
import { readManifest } from "../../../models/manifest.js";
import { builtInModelsFolder } from "../../../models/registry.js";
import {
  type ModelFolder,
  modelFolder,
  packagedEntry,
} from "../../../testing/models/model-folder.js";
import { type ChannelSumGraph, channelSumGraph } from "../../../testing/models/onnx-graph.js";
import { loadConfig } from "../config.js";
import { PixelThread } from "../pixels/pixel-thread.js";
import { contractOf } from "./contract.js";
import type { DepthEstimate } from "./engine.js";
import { openEngine } from "./open-engine.js";

type Rgb = readonly [number, number, number];
const LEFT: Rgb = [255, 51, 0];
const RIGHT: Rgb = [0, 102, 204];
const WEIGHTS = [0.1, 0.2, 0.4] as const;

/** The output of the graph for a color, normalized by the published ImageNet constants. */
const imageNet = ([r, g, b]: Rgb) =>
  (0.1 * (r / 255 - 0.485)) / 0.229 +
  (0.2 * (g / 255 - 0.456)) / 0.224 +
  (0.4 * (b / 255 - 0.406)) / 0.225;
const plain = ([r, g, b]: Rgb) => (0.1 * r + 0.2 * g + 0.4 * b) / 255;

interface Family {
  readonly models: readonly string[];
  readonly graph: ChannelSumGraph;
  /** Size of the model input for an 800×600 photo. */
  readonly size: readonly [number, number];
  readonly disparity: (color: Rgb) => number;
}

const FAMILIES: readonly Family[] = [
  {
    models: ["depth-anything-v2-small", "depth-anything-v2-base", "depth-anything-v2-large"],
    graph: {
      input: { name: "pixel_values", dims: ["b", 3, "h", "w"] },
      ...{ axis: 1, keepChannelAxis: false, weights: WEIGHTS },
      output: { name: "predicted_depth", dims: ["b", "h", "w"] },
    },
    size: [686, 518],
    disparity: imageNet,
  },
  {
    models: ["depth-anything-v3-small", "depth-anything-v3-base"],
    graph: {
      input: { name: "pixel_values", dims: ["b", "views", 3, "h", "w"] },
      ...{ axis: 2, keepChannelAxis: false, weights: WEIGHTS },
      output: { name: "predicted_depth", dims: ["b", "views", "h", "w"] },
      exponential: true,
      decoy: "confidence",
    },
    size: [504, 378],
    disparity: (color) => 1 / Math.exp(imageNet(color)),
  },
  {
    models: ["midas-v2.1-small"],
    graph: {
      input: { name: "0", dims: [1, 3, 256, 256] },
      ...{ axis: 1, keepChannelAxis: false, weights: WEIGHTS },
      output: { name: "797", dims: [1, 256, 256] },
    },
    size: [256, 256],
    disparity: plain,
  },
  {
    models: ["depthmesh-tiny"],
    graph: {
      input: { name: "image", dims: [1, 3, "h", "w"] },
      ...{ axis: 1, keepChannelAxis: true, weights: WEIGHTS },
      output: { name: "depth", dims: [1, 1, "h", "w"] },
    },
    size: [288, 224],
    disparity: imageNet,
  },
];

const log = createLog("silent", { service: "test", worker: "test" });
const pixels = new PixelThread(assert.fail);
let folder: ModelFolder;
before(async () => {
  folder = await modelFolder();
});
after(async () => {
  await pixels.stop();
  await folder.remove();
});

/** 800×600 pixels, one color in each half. */
const photo = { width: 800, height: 600, rgb: new Uint8Array(3 * 800 * 600) };
for (let i = 0; i < 800 * 600; i++) photo.rgb.set(i % 800 < 400 ? LEFT : RIGHT, 3 * i);

async function estimate(model: string): Promise<DepthEstimate> {
  const config = { ...loadConfig(), models: folder.path, allowNonCommercial: "yes" as const };
  const { engine, pool } = await openEngine({ ...config, provider: "cpu" }, pixels, log);
  const signal = AbortSignal.timeout(60_000);
  const made = await engine.estimate({ ...photo, model, degradePolicy: "forbid", signal });
  pool.close();
  return made;
}

function at({ disparity, width, height }: DepthEstimate, x: number): number {
  return disparity[Math.floor(height / 2) * width + Math.floor(x * width)] ?? Number.NaN;
}

for (const { models, graph, size, disparity } of FAMILIES) {
  for (const model of models) {
    test(`${model} runs by its contract`, async () => {
      folder.install(model, channelSumGraph(graph));
      const made = await estimate(model);
      assert.equal(made.model, model);
      assert.deepEqual([made.width, made.height], size);
      assert.ok(Math.abs(at(made, 0.2) - disparity(LEFT)) < 1e-3, `${at(made, 0.2)}`);
      assert.ok(Math.abs(at(made, 0.8) - disparity(RIGHT)) < 1e-3, `${at(made, 0.8)}`);
    });
  }
}

test("a map is averaged with the heuristic where the contract says so, which puts lower parts nearer", async () => {
  const family = FAMILIES.find(({ models }) => models.includes("depthmesh-tiny"));
  if (!family) assert.fail();
  const contract = {
    ...(packagedEntry("depthmesh-tiny").contract as object),
    blendHeuristic: true,
  };
  folder.install("depthmesh-tiny", channelSumGraph(family.graph), { contract });
  const { disparity, width, height } = await estimate("depthmesh-tiny");
  const mean = disparity.reduce((sum, value) => sum + value, 0) / disparity.length;
  assert.ok(Math.abs(mean) < 1e-3, `${mean}`);
  const column = (y: number) => disparity[y * width + Math.floor(width / 4)] ?? Number.NaN;
  assert.ok(column(height - 5) > column(5) + 0.5, "the net alone gives the same value at both");
});

test("every model of the manifest is tested here", () => {
  const proven = FAMILIES.flatMap(({ models }) => models).sort();
  const known = readManifest(builtInModelsFolder()).map(({ name }) => name);
  assert.deepEqual(proven, known.sort());
});

test("an operator's own model may have BGR input, metric depth or smaller values for nearer", async () => {
  const { contract } = packagedEntry("depth-anything-v2-small");
  const { input, output, ...rest } = contract as ReturnType<typeof contractOf>;
  const own = { ...rest, input: { ...input, channels: "BGR", normalisation: null } };
  const [family] = FAMILIES;
  if (!family) assert.fail();
  const bytes = channelSumGraph(family.graph);
  const bgr = ([r, g, b]: Rgb) => plain([b, g, r]);
  for (const [name, meaning, expected] of [
    ["own-metric", { name: "predicted_depth", kind: "metric" }, (c: Rgb) => 1 / bgr(c)],
    ["own-far", { name: "predicted_depth", kind: "disparity", near: "small" }, (c: Rgb) => -bgr(c)],
  ] as const) {
    folder.install("depth-anything-v2-small", bytes, {
      name,
      contract: { ...own, output: meaning },
    });
    const made = await estimate(name);
    assert.ok(Math.abs(at(made, 0.2) - expected(LEFT)) < 1e-3, `${at(made, 0.2)}`);
    assert.ok(Math.abs(at(made, 0.8) - expected(RIGHT)) < 1e-3, `${at(made, 0.8)}`);
  }
});

test("a graph with other names and a contract with unknown keys are MODEL_CORRUPT", async () => {
  const [family] = FAMILIES;
  if (!family) assert.fail();
  const input = { name: "pixels", dims: family.graph.input.dims };
  folder.install("depth-anything-v2-small", channelSumGraph({ ...family.graph, input }));
  await assert.rejects(estimate("depth-anything-v2-small"), { reason: "MODEL_CORRUPT" });
  const entry = packagedEntry("depth-anything-v2-small");
  const contract = { ...(entry.contract as object), polarity: "up" };
  assert.throws(() => contractOf({ ...entry, contract }), { reason: "MODEL_CORRUPT" });
});

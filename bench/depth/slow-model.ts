/** A model with a chosen run time: a chain of multiplications with identity matrices. */
import { availableParallelism } from "node:os";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { onnxProvider } from "../../services/depth/inference/onnx-provider.js";
import { type ModelFolder, modelFolder, packagedEntry } from "../../testing/models/model-folder.js";
import { floats, int64, model, node, valueInfo } from "../../testing/models/onnx-graph.js";
import { median } from "../../testing/statistics.js";

export const SLOW_MODEL = "bench-slow";
const SIDE = 518;
const CALIBRATION_PRODUCTS = 20;

export interface SlowModel {
  readonly folder: ModelFolder;
  /** Median time of its graph alone. */
  readonly runMs: number;
  /** Median processor time of the same, with that of threads that wait for others. */
  readonly runCpuMs: number;
}

/** Installs the model in its own folder; remove that afterwards. `threads`: 0 uses all cores. */
export async function slowModel(wantedMs: number, threads: number): Promise<SlowModel> {
  const calibration = await bareRun(graph(CALIBRATION_PRODUCTS), threads);
  // By processor time: on a busy machine the clock would make the model smaller.
  const perProduct =
    calibration.runCpuMs / (threads || availableParallelism()) / CALIBRATION_PRODUCTS;
  const bytes = graph(Math.max(1, Math.round(wantedMs / perProduct)));
  const folder = await modelFolder();
  const contract = packagedEntry("depth-anything-v2-small").contract as object;
  folder.install("depth-anything-v2-small", bytes, {
    name: SLOW_MODEL,
    contract: {
      ...contract,
      input: {
        ...{ name: "image", layout: "BCHW", channels: "RGB", kernel: "area" },
        size: { rule: "fixed", widthPixels: SIDE, heightPixels: SIDE },
        normalisation: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
      },
      output: { name: "depth", kind: "disparity", near: "large" },
      batchable: false,
    },
  });
  return { folder, ...(await bareRun(bytes, threads)) };
}

/** Medians of five runs, after one that warms up. */
async function bareRun(bytes: Uint8Array, threads: number) {
  const session = await onnxProvider("cpu", threads).open(bytes);
  const input = { data: new Float32Array(3 * SIDE * SIDE), dims: [1, 3, SIDE, SIDE] };
  const times: number[] = [];
  const cpuTimes: number[] = [];
  for (let i = 0; i < 6; i++) {
    const startedAtMs = performance.now();
    const before = process.cpuUsage();
    await session.run("image", input, "depth");
    const { user, system } = process.cpuUsage(before);
    if (i === 0) continue;
    times.push(performance.now() - startedAtMs);
    cpuTimes.push((user + system) / 1000);
  }
  await session.release();
  return { runMs: median(times), runCpuMs: median(cpuTimes) };
}

/** ONNX bytes of depth = Σ over channels of image · I · I · …, with this many products. */
function graph(products: number): Uint8Array {
  const identity = new Float32Array(SIDE * SIDE);
  for (let i = 0; i < SIDE; i++) identity[i * SIDE + i] = 1;
  const writer = new BinaryWriter();
  let last = "image";
  for (let i = 0; i < products; i++) {
    writer.tag(1, 2).bytes(node("MatMul", [last, "identity"], `product${i}`));
    last = `product${i}`;
  }
  writer.tag(1, 2).bytes(node("ReduceSum", [last, "axes"], "depth", { keepdims: 0 }));
  writer.tag(2, 2).string("slow");
  writer.tag(5, 2).bytes(floats("identity", [SIDE, SIDE], identity));
  writer.tag(5, 2).bytes(int64("axes", 1));
  writer.tag(11, 2).bytes(valueInfo("image", [1, 3, SIDE, SIDE]));
  writer.tag(12, 2).bytes(valueInfo("depth", [1, SIDE, SIDE]));
  return model(writer.finish());
}

/** The provider interface, by which the engine runs a model's graph, and the tensors of a graph. */

import type { InputContract, OutputContract } from "../../../core/depthmap/model-contract.js";
import { DepthmeshError } from "../../../core/errors.js";
import type { Size } from "../../../core/geometry/size.js";
import type { ModelProvider } from "../../../models/manifest.js";
import { InferenceFault } from "./fault.js";

/** Row-major float32 values. */
export interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** All inputs and outputs that a graph declares. */
export interface GraphNames {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}

export interface GraphSession extends GraphNames {
  /** Runs the graph once, outside the main thread. What it throws becomes an InferenceFault. */
  run(inputName: string, input: Tensor, outputName: string): Promise<Tensor>;
  release(): Promise<void>;
}

export interface InferenceProvider {
  readonly name: ModelProvider;
  /** Opens a session of an ONNX graph. Takes ownership of the bytes, which may be detached. */
  open(model: Uint8Array): Promise<GraphSession>;
}

/** Raw output for one photo, [height, width]; its size may differ from that of the input. */
export interface RawMap extends Size {
  readonly values: Float32Array;
}

interface Names {
  readonly input: string;
  readonly output: string;
}

/** The names to use. Throws MODEL_CORRUPT if the graph lacks those of the contract. */
export function graphNames(graph: GraphNames, input: InputContract, output: OutputContract): Names {
  return {
    input: pick("input", graph.inputNames, input.name),
    output: pick("output", graph.outputNames, output.name),
  };
}

function pick(what: string, names: readonly string[], wanted: string | null): string {
  const found = wanted === null && names.length === 1 ? names[0] : wanted;
  if (found && names.includes(found)) return found;
  throw new DepthmeshError(
    "MODEL_CORRUPT",
    `the graph does not have the ${what} that its manifest names`,
    {
      metadata: { expected: wanted ?? `one ${what}`, actual: names.join(" ") },
    },
  );
}

/** The input of the graph for several photos, each as planes [3, height, width]. */
export function batchTensor(
  batch: readonly Float32Array[],
  { width, height }: Size,
  layout: InputContract["layout"],
): Tensor {
  const axes = layout === "BCHW" ? [3, height, width] : [1, 3, height, width];
  const [only] = batch;
  if (batch.length === 1 && only) return { data: only, dims: [1, ...axes] };
  const data = new Float32Array(batch.length * 3 * width * height);
  for (const [i, planes] of batch.entries()) data.set(planes, i * planes.length);
  return { data, dims: [batch.length, ...axes] };
}

/** Splits the output, [batch, …ones, height, width], by photo. Throws a wrong-output fault. */
export function splitMaps({ data, dims }: Tensor, batch: number): RawMap[] {
  const [height = 0, width = 0] = dims.slice(-2);
  const leading = dims.slice(0, -2).reduce((product, dim) => product * dim, 1);
  const pixels = width * height;
  if (dims.length < 2 || pixels === 0 || leading !== batch || data.length !== batch * pixels) {
    throw new InferenceFault(
      "wrong-output",
      `the output ${dims.join("×")} is not one map for each of ${batch} photos`,
    );
  }
  return Array.from({ length: batch }, (_, i) => ({
    // A view would send the buffer of the whole batch to the pixel thread.
    values: batch === 1 ? data : data.slice(i * pixels, (i + 1) * pixels),
    width,
    height,
  }));
}

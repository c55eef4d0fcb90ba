/** What runs a model's graph: onnxruntime on a CPU or a GPU, or a test's own. */
import type { ModelProvider } from "../../../models/manifest.js";

/** Row-major float32 values. */
export interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export interface GraphSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** One run, off the main thread. Whatever it throws becomes an InferenceFault. */
  run(inputName: string, input: Tensor, outputName: string): Promise<Tensor>;
  release(): Promise<void>;
}

export interface InferenceProvider {
  readonly name: ModelProvider;
  /** A session of the graph in these ONNX bytes, which are given away. */
  open(model: Uint8Array): Promise<GraphSession>;
}

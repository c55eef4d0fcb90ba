/** Requests to the thread of one onnxruntime session, and their results. */
import type { ModelProvider } from "../../../models/manifest.js";
import type { Tensor } from "./provider.js";

export interface OnnxCalls {
  /** Always the first; its bytes are moved to the thread, not copied. */
  open: {
    request: {
      readonly model: Uint8Array;
      readonly provider: ModelProvider;
      readonly threads: number;
    };
    result: GraphNames;
  };
  /** The result is null when the output holds no float32 values. */
  run: {
    request: { readonly inputName: string; readonly input: Tensor; readonly outputName: string };
    result: Tensor | null;
  };
  /** Always the last: the thread ends. */
  release: { request: undefined; result: undefined };
}

export interface GraphNames {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}

/** What goes to the thread of an onnxruntime session and what comes back, in the same order. */
import type { ModelProvider } from "../../../models/manifest.js";
import type { Tensor } from "./provider.js";

export type OnnxRequest =
  /** Always the first; its bytes are given away, not copied. */
  | {
      readonly kind: "open";
      readonly model: Uint8Array;
      readonly provider: ModelProvider;
      readonly threads: number;
    }
  | {
      readonly kind: "run";
      readonly inputName: string;
      readonly input: Tensor;
      readonly outputName: string;
    }
  /** Always the last: the thread ends. */
  | { readonly kind: "release" };

export interface GraphNames {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}

/** Of an open, of a run (null: the output holds no float32 values), of a release. */
export type OnnxResult = GraphNames | Tensor | null;

export type OnnxReply =
  | { readonly result: OnnxResult; readonly error?: undefined }
  | { readonly error: string };

/** Inference faults: the reason why an attempt failed decides which attempt comes next. */
import type { OutputFault } from "../../../core/depthmap/model-contract.js";
import type { Reason } from "../../../core/error-reasons.js";
import { DepthmeshError, toDepthmeshError } from "../../../core/errors.js";
import { withDeadline } from "../../../kit/async/deadline.js";
import type { ModelProvider } from "../../../models/manifest.js";

export type FaultKind =
  | "out-of-memory"
  | "threw"
  | "timed-out"
  /** The file or the contract contradicts the manifest, so that no provider can run the model. */
  | "corrupt"
  /** The shape of the output is not one map per photo. */
  | "wrong-output"
  | OutputFault;

export class InferenceFault extends Error {
  override readonly name = "InferenceFault";
  readonly kind: FaultKind;

  constructor(kind: FaultKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** The result of `work`, or a timed-out fault after `limitMs`. The work itself goes on. */
export function inferenceDeadline<T>(work: Promise<T>, limitMs: number): Promise<T> {
  const late = () => new InferenceFault("timed-out", `no result within ${limitMs} ms`);
  return withDeadline(work, limitMs, late);
}

/** Messages of onnxruntime for a lack of memory, for which it has no error code. */
const OUT_OF_MEMORY =
  /out of memory|failed to allocate|bad_alloc|smaller than requested bytes|CUBLAS_STATUS_ALLOC_FAILED/i;

/** Classifies anything that an attempt has thrown. */
export function toFault(thrown: unknown): InferenceFault {
  if (thrown instanceof InferenceFault) return thrown;
  if (thrown instanceof DepthmeshError && thrown.reason === "MODEL_CORRUPT") {
    return new InferenceFault("corrupt", thrown.message, thrown);
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const kind = OUT_OF_MEMORY.test(message) ? "out-of-memory" : "threw";
  return new InferenceFault(kind, "the model's session failed", thrown);
}

/** The error for a caller who has forbidden stepping down. */
export function faultError(
  fault: InferenceFault,
  model: string,
  provider: ModelProvider,
): DepthmeshError {
  if (fault.kind === "corrupt") return toDepthmeshError(fault.cause);
  const metadata = { model, provider, fault: fault.kind };
  return new DepthmeshError(reasonOf(fault, provider), messageOf(fault.kind), {
    metadata,
    cause: fault,
  });
}

export function reasonOf({ kind }: InferenceFault, provider: ModelProvider): Reason {
  if (kind === "corrupt") return "MODEL_CORRUPT";
  if (kind !== "out-of-memory") return "INFERENCE_FAILED";
  return provider === "cuda" ? "GPU_OUT_OF_MEMORY" : "OUT_OF_MEMORY";
}

function messageOf(kind: Exclude<FaultKind, "corrupt">): string {
  switch (kind) {
    case "out-of-memory":
      return "the model needs more memory than is available";
    case "threw":
      return "the model's session failed";
    case "timed-out":
      return "the model took longer than the time limit";
    case "wrong-output":
      return "the model's output has another shape than its manifest declares";
    case "not-finite":
      return "the model's output contains values that are not finite";
    case "constant":
      return "the model's output has the same value everywhere";
  }
}

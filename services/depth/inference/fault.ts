/** Why an attempt at a depth map failed: what the fallback chain decides by. */
import type { OutputFault } from "../../../core/depthmap/raw-output.js";
import { DepthmeshError, type Reason, toDepthmeshError } from "../../../core/errors.js";
import type { ModelProvider } from "../../../models/manifest.js";

export type FaultKind =
  | "out-of-memory"
  | "threw"
  | "timed-out"
  /** The file or the contract is not what the manifest says; no provider will run it. */
  | "corrupt"
  /** The output's shape is not a map for each photo. */
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

/** How onnxruntime and the allocators below it say that memory has run out; they have no code for it. */
const OUT_OF_MEMORY =
  /out of memory|failed to allocate|bad_alloc|smaller than requested bytes|CUBLAS_STATUS_ALLOC_FAILED/i;

/** Anything that an attempt threw as a fault. */
export function toFault(thrown: unknown): InferenceFault {
  if (thrown instanceof InferenceFault) return thrown;
  if (thrown instanceof DepthmeshError && thrown.reason === "MODEL_CORRUPT") {
    return new InferenceFault("corrupt", thrown.message, thrown);
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const kind = OUT_OF_MEMORY.test(message) ? "out-of-memory" : "threw";
  return new InferenceFault(kind, "the model's session failed", thrown);
}

/** The error that a caller gets who has forbidden to step down. */
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
      return "the model needs more memory than there is";
    case "threw":
      return "the model's session failed";
    case "timed-out":
      return "the model took too long";
    case "wrong-output":
      return "the model's output is not what its manifest says";
    case "not-finite":
      return "the model gave values that are no numbers";
    case "constant":
      return "the model gave one value for the whole photo";
  }
}

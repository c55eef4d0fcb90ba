/**
 * Sends the making of takeaways to a thread of its own, where their pixel loops block neither gRPC
 * nor leases. It works on one job after another, and begins when the first asks for a file.
 */
import { DepthmeshError } from "../../../core/errors.js";
import type { TakeawayKind } from "../../../core/spec/artifact-names.js";
import { compiledModule } from "../../../kit/process/package-path.js";
import { ThreadClient } from "../../../kit/process/thread-client.js";
import type { MadeFile } from "../store-artifacts.js";
import type { TakeawaySource } from "./source.js";

export interface TakeawayCalls {
  /** Makes files of these kinds, in their order. */
  make: {
    request: { readonly kinds: readonly TakeawayKind[]; readonly source: TakeawaySource };
    result: readonly MadeFile[];
  };
}

/**
 * Time limit of a job's files: many times that of the largest on two busy cores. The thread waits
 * for nothing outside, so that only a defect can exceed it.
 */
const BUDGET_MS = 60_000;
const BUDGET_MS_PER_MEGAPIXEL = 10_000;

export class TakeawayThread {
  readonly #onLost: (why: Error) => void;
  #thread: ThreadClient<TakeawayCalls> | undefined;

  /** `onLost` is called when the thread ends or hangs; every later job is rejected. */
  constructor(onLost: (why: Error) => void) {
    this.#onLost = onLost;
  }

  make(kinds: readonly TakeawayKind[], source: TakeawaySource): Promise<readonly MadeFile[]> {
    this.#thread ??= start(this.#onLost);
    const { photoSize, disparitySize } = source;
    const pixels = [photoSize, disparitySize].reduce((sum, s) => sum + s.width * s.height, 0);
    const budgetMs = BUDGET_MS + (BUDGET_MS_PER_MEGAPIXEL * pixels) / 1e6;
    return this.#thread.ask("make", { kinds, source }, { budgetMs });
  }

  async stop(): Promise<void> {
    await this.#thread?.stop();
  }
}

function start(onLost: (why: Error) => void): ThreadClient<TakeawayCalls> {
  const name = "the thread of takeaways";
  // Retryable: the process ends, and another worker tries the stage again.
  const lossError = (why: Error) =>
    why instanceof DepthmeshError
      ? why
      : new DepthmeshError("WORKER_LOST", `${name} ended`, { cause: why });
  return new ThreadClient(compiledModule("services/render/takeaway/thread.js"), {
    name,
    onLost,
    lossError,
  });
}

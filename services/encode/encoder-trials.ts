/**
 * Which encoders work on this machine: each one is tried once, the first time that a job needs it
 * or when nothing else is to be done. Results that hold for longer than the process are remembered.
 */
import type { Reason } from "../../core/error-reasons.js";
import { DepthmeshError } from "../../core/errors.js";
import type { Codec } from "../../core/output/codecs.js";
import type { OutputSpec } from "../../core/output/spec.js";
import { abortable } from "../../kit/async/abort.js";
import { ENCODERS, type EncoderRow } from "./encoders.js";
import { type ProbedEncoder, probeEncoder } from "./probe.js";
import type { TrialMemory } from "./trial-memory.js";

/** Trials that run beside the work of the first jobs. */
const BACKGROUND_RUNS = 2;
/** Work gets nine times the processor time of such a trial. */
const BACKGROUND_NICENESS = 10;

export interface TrialOptions {
  /** Names of the encoders that ffmpeg was compiled with. */
  readonly compiled: ReadonlySet<string>;
  /** Whether hardware encoders are tried too. */
  readonly hardware: boolean;
  /** Ends all trials; what waits for them gets its reason. */
  readonly signal?: AbortSignal;
  readonly encoders?: readonly EncoderRow[];
  readonly memory?: TrialMemory;
}

export class EncoderTrials {
  readonly #options: TrialOptions;
  /** The preferred ones of a codec first. */
  readonly #encoders: readonly EncoderRow[];
  readonly #trials = new Map<EncoderRow, Promise<ProbedEncoder>>();
  #all: Promise<readonly ProbedEncoder[]> | undefined;

  constructor(options: TrialOptions) {
    const { encoders = ENCODERS, hardware } = options;
    this.#options = options;
    this.#encoders = encoders.filter((encoder) => hardware || !encoder.hardware);
  }

  /** Every encoder, tried two at a time behind all other work. Rejects with the signal's reason. */
  all(): Promise<readonly ProbedEncoder[]> {
    this.#all ??= this.#tryAll();
    return this.#all;
  }

  /** Resolves when all encoders of a codec have been tried, at once. */
  async tried(codecs: readonly Codec[]): Promise<void> {
    await Promise.all(
      this.#encoders
        .filter(({ codec }) => codecs.includes(codec))
        .map((encoder) => this.#trial(encoder)),
    );
    this.#options.signal?.throwIfAborted();
  }

  /**
   * The result of `plan` with the encoders that work, the preferred ones of a codec first. Only
   * those of the outputs' codecs are waited for; if `plan` finds that they do not suffice, it is
   * called again with all, because its error names what works here.
   */
  async plan<T>(
    outputs: readonly Pick<OutputSpec, "codec">[],
    plan: (working: readonly EncoderRow[]) => T,
    signal: AbortSignal,
  ): Promise<T> {
    const codecs = outputs.map(({ codec }) => codec);
    await abortable(this.tried(codecs), signal);
    try {
      return plan(await this.#workingOf(codecs));
    } catch (error) {
      if (!hasReason(error, "CODEC_UNAVAILABLE")) throw error;
      await abortable(this.all(), signal);
      return plan(await this.#workingOf(undefined));
    }
  }

  /** After a crash of an encoder: the next process tries anew what this one remembered. */
  distrust(error: unknown): void {
    if (hasReason(error, "ENCODER_CRASHED")) this.#options.memory?.forget();
  }

  async #workingOf(codecs: readonly Codec[] | undefined): Promise<readonly EncoderRow[]> {
    const rows = this.#encoders.filter(({ codec }) => codecs?.includes(codec) ?? true);
    const probed = await Promise.all(rows.map((row) => this.#trial(row)));
    return probed.filter(({ works }) => works).map(({ encoder }) => encoder);
  }

  async #tryAll(): Promise<readonly ProbedEncoder[]> {
    const rest = this.#encoders.values();
    const run = async () => {
      for (const encoder of rest) await this.#trial(encoder, BACKGROUND_NICENESS);
    };
    await Promise.all(Array.from({ length: BACKGROUND_RUNS }, run));
    this.#options.signal?.throwIfAborted();
    return Promise.all(this.#encoders.map((encoder) => this.#trial(encoder)));
  }

  #trial(encoder: EncoderRow, niceness?: number): Promise<ProbedEncoder> {
    const trial = this.#trials.get(encoder) ?? this.#try(encoder, niceness);
    this.#trials.set(encoder, trial);
    return trial;
  }

  async #try(encoder: EncoderRow, niceness: number | undefined): Promise<ProbedEncoder> {
    const { compiled, memory, signal } = this.#options;
    const not = (failure: string) => ({ encoder, works: false, failure, framesPerSecond: 0 });
    if (!compiled.has(encoder.name)) return not("ffmpeg was built without it");
    const remembered = memory?.recall(encoder);
    if (remembered) return { encoder, ...remembered };
    if (signal?.aborted) return not("not tried");
    const options = { ...(signal && { signal }), ...(niceness !== undefined && { niceness }) };
    let found = await probeEncoder(encoder, options);
    // On a busy machine, a trial that steps back may get no time at all.
    if (found.works === undefined && niceness !== undefined && !signal?.aborted) {
      found = await probeEncoder(encoder, signal && { signal });
    }
    const { works } = found;
    if (works !== undefined) memory?.remember({ ...found, works });
    return { ...found, works: works ?? false };
  }
}

function hasReason(error: unknown, reason: Reason): boolean {
  return error instanceof DepthmeshError && error.reason === reason;
}

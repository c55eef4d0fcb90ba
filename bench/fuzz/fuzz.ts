/** Sends damaged inputs of one kind through what receives them, and counts the outcomes. */
import { toDepthmeshError } from "../../core/errors.js";
import { seededRandom } from "../../testing/random.js";

const ATTEMPTS = 3;

/** An input, ready to be received. */
export interface FuzzInput {
  /** What the input was before it was damaged. */
  readonly name: string;
  /** Throws the error that the caller would get. Resolves when the input was accepted. */
  readonly receive: () => Promise<void> | void;
}

/** What receives inputs of one kind: a file of this folder each. */
export interface FuzzTarget {
  /** Input number `run`: the same seed and number give the same input. */
  input(run: number, random: () => number): FuzzInput;
  /** Whether an input may be refused for this reason. */
  isRefusal(reason: string): boolean;
  /** No input may take longer. */
  readonly limitMs: number;
  /** What an input takes is measured with this clock, in milliseconds. */
  readonly nowMs: () => number;
  /** How often the receiving process died; undefined if there is none. */
  readonly lost?: () => number;
  close(): Promise<void> | void;
}

export interface FuzzSummary {
  readonly runs: number;
  /** Number of inputs by reason; "accepted" when the damage did not matter. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly lost: number;
  /** Outcomes that no input may have, with the number of the run that repeats them. */
  readonly defects: readonly string[];
}

/** Runs `first` to `first + runs`. */
export async function fuzz(
  target: FuzzTarget,
  { runs, seed, first = 0 }: { runs: number; seed: number; first?: number },
): Promise<FuzzSummary> {
  const outcomes: Record<string, number> = {};
  const defects: string[] = [];
  let slowestMs = 0;
  for (let run = first; run < first + runs; run++) {
    const { name, receive } = target.input(run, seededRandom(seed * 1_000_003 + run));
    const { outcome, tookMs } = await timed(target, receive);
    slowestMs = Math.max(slowestMs, tookMs);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    const isWrong = outcome !== "accepted" && !target.isRefusal(outcome);
    if (isWrong) defects.push(`run ${run}, ${name}: ${outcome}`);
    if (tookMs > target.limitMs) defects.push(`run ${run}, ${name}: ${Math.round(tookMs)} ms`);
  }
  return { runs, outcomes, slowestMs, lost: target.lost?.() ?? 0, defects };
}

/** A slow input is received again: the first time, the collector or the compiler may have run. */
async function timed({ nowMs, limitMs }: FuzzTarget, receive: FuzzInput["receive"]) {
  let tookMs = Number.POSITIVE_INFINITY;
  for (let attempt = 1; ; attempt++) {
    const began = nowMs();
    const outcome = await outcomeOf(receive);
    tookMs = Math.min(tookMs, nowMs() - began);
    if (tookMs <= limitMs || attempt === ATTEMPTS) return { outcome, tookMs };
  }
}

async function outcomeOf(receive: FuzzInput["receive"]): Promise<string> {
  try {
    await receive();
    return "accepted";
  } catch (error) {
    const { reason, cause } = toDepthmeshError(error);
    return reason === "INTERNAL" ? `INTERNAL (${cause})` : reason;
  }
}

/**
 * What ended jobs have taught: how long each part of a job takes and how large its outputs are, by
 * what decides that. Only numbers are kept, the latest of each kind.
 */
import { Fit, type Quantiles, type Sample } from "./fit.js";
import type { JobWork, OutputWork } from "./work.js";

/** The parts of a job that take time: its depth map, then its frames or stills. */
export const PARTS = ["depth", "drawing"] as const;
export type Part = (typeof PARTS)[number];

/** What one job has taken. Absent: it tells nothing about that. */
export interface Observation {
  readonly work: JobWork;
  /** Seconds of each part, without waits. */
  readonly seconds: Partial<Readonly<Record<Part, number>>>;
  /** Bytes of each output, in the order of `work.outputs`. */
  readonly outputBytes: readonly (number | undefined)[];
}

/** Absent: not learnt yet. */
export interface JobEstimate {
  readonly parts: Partial<Readonly<Record<Part, Quantiles>>>;
  readonly seconds?: Quantiles;
  /** Of all outputs together. */
  readonly bytes?: Quantiles;
  /** Jobs that the seconds and the bytes rest on; zero if neither is known. */
  readonly samples: number;
}

/** Of each kind; older ones are forgotten. */
const MAX_SAMPLES = 60;
/** Kinds that are kept; the one that was not seen for longest is forgotten first. */
const MAX_KINDS = 256;

/** The latest samples of one kind, by the job that they come from. */
class Samples {
  readonly #byJob = new Map<string, Sample>();
  #fit: Fit | undefined;

  add(job: string, sample: Sample): void {
    this.#byJob.delete(job);
    this.#byJob.set(job, sample);
    const [oldest] = this.#byJob.keys();
    if (this.#byJob.size > MAX_SAMPLES && oldest !== undefined) this.#byJob.delete(oldest);
    this.#fit = undefined;
  }

  at(size: number): Quantiles | undefined {
    this.#fit ??= new Fit([...this.#byJob.values()]);
    return this.#fit.at(size);
  }
}

export class Experience {
  readonly #kinds = new Map<string, Samples>();

  /** Safe to repeat for a job: its later observation replaces the earlier one. */
  learn(job: string, { work, seconds, outputBytes }: Observation): void {
    for (const part of PARTS) {
      const cost = seconds[part];
      if (cost === undefined) continue;
      for (const kind of kindsOf(part, work)) this.#add(kind, job, sizeOf(part, work), cost);
    }
    for (const [i, output] of work.outputs.entries()) {
      const bytes = outputBytes[i];
      if (bytes === undefined) continue;
      for (const kind of kindsOfBytes(output)) {
        this.#add(kind, `${job}/${i}`, output.size, bytes);
      }
    }
  }

  /** `parts` are those that the job has. */
  estimate(work: JobWork, parts: readonly Part[] = PARTS): JobEstimate {
    const known = parts.flatMap((part) => {
      const expected = this.#first(kindsOf(part, work), sizeOf(part, work));
      return expected ? [[part, expected] as const] : [];
    });
    const bytes = work.outputs.map((output) => limited(output, this.#ofOutput(output)));
    const seconds = known.length === parts.length ? sum(known.map(([, each]) => each)) : undefined;
    const allBytes = sum(bytes);
    return {
      parts: Object.fromEntries(known),
      ...(seconds && { seconds }),
      ...(allBytes && { bytes: allBytes }),
      samples: sum([seconds, allBytes].filter((each) => each !== undefined))?.samples ?? 0,
    };
  }

  #ofOutput(output: OutputWork): Quantiles | undefined {
    return this.#first(kindsOfBytes(output), output.size);
  }

  /** Of the most specific kind of which enough is known. */
  #first(kinds: readonly string[], size: number): Quantiles | undefined {
    for (const kind of kinds) {
      const expected = this.#kinds.get(kind)?.at(size);
      if (expected) return expected;
    }
    return undefined;
  }

  #add(kind: string, job: string, size: number, cost: number): void {
    // A job whose clocks disagree, or whose file is empty.
    if (!(size > 0 && cost > 0)) return;
    const samples = this.#kinds.get(kind) ?? new Samples();
    samples.add(job, { size, cost });
    this.#kinds.delete(kind);
    this.#kinds.set(kind, samples);
    const [oldest] = this.#kinds.keys();
    if (this.#kinds.size > MAX_KINDS && oldest !== undefined) this.#kinds.delete(oldest);
  }
}

/** From the most specific to the most general that still tells something. */
function kindsOf(part: Part, { depth, drawing, outputs }: JobWork): readonly string[] {
  if (part === "depth") return [`depth ${depth}`];
  const formats = [...new Set(outputs.map(({ format }) => format))].sort().join(" + ");
  return [`drawing ${formats || "stills"} ${drawing}`, `drawing ${formats || "stills"}`];
}

/** What the time of a part grows with. */
function sizeOf(part: Part, { photoPixels, pixelFrames }: JobWork): number {
  return part === "depth" || pixelFrames === 0 ? photoPixels : pixelFrames;
}

function kindsOfBytes({ format, rate }: OutputWork): readonly string[] {
  const exact = `bytes ${format} ${rate}`;
  return rate.startsWith("crf ") || rate.startsWith("quality ")
    ? [exact, `bytes ${format}`]
    : [exact];
}

function limited(
  { maxBytes = Number.POSITIVE_INFINITY }: OutputWork,
  bytes: Quantiles | undefined,
): Quantiles | undefined {
  if (!bytes) return undefined;
  return { ...bytes, p50: Math.min(bytes.p50, maxBytes), p90: Math.min(bytes.p90, maxBytes) };
}

/**
 * Of several parts together; undefined if one is unknown, and for none. The sum of what nine of ten
 * keep is kept by nine of ten or more.
 */
function sum(parts: readonly (Quantiles | undefined)[]): Quantiles | undefined {
  let total: Quantiles | undefined;
  for (const part of parts) {
    if (!part) return undefined;
    total = total
      ? {
          p50: total.p50 + part.p50,
          p90: total.p90 + part.p90,
          samples: Math.min(total.samples, part.samples),
        }
      : part;
  }
  return total;
}

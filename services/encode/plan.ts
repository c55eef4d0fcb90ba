/**
 * Chooses the encoder of each output, or decides that another worker or nobody can make the
 * outputs.
 */
import { DepthmeshError } from "../../core/errors.js";
import { codecRow, type EncoderFacts, type EncodersByWorker } from "../../core/output/codecs.js";
import type { OutputSpec } from "../../core/output/spec.js";
import { type Note, note } from "../../core/spec/note.js";
import type { FrameFormat, PlannedOutput } from "./encoder.js";
import { ENCODERS, type EncoderRow } from "./encoders.js";

/**
 * How often an order is left to others before the job fails. An order comes back once per second
 * and worker, so this gives a worker that starts at the same time 15 s to probe its encoders and
 * announce them.
 */
const MAX_TIMES_LEFT_TO_OTHERS = 15;

export interface PlanConditions {
  /** Encoders that work here, the preferred ones of a codec first. */
  readonly working: readonly EncoderRow[];
  readonly frame: Pick<FrameFormat, "width" | "height" | "hasAlpha">;
  /**
   * An earlier attempt failed, perhaps because of the hardware, so hardware encoders are not used
   * again.
   */
  readonly softwareOnly: boolean;
}

/**
 * Prefers hardware where it works and is allowed. Throws CODEC_UNAVAILABLE with the codecs that
 * work here.
 */
export function planOutputs(
  outputs: readonly OutputSpec[],
  conditions: PlanConditions,
): { readonly planned: readonly PlannedOutput[]; readonly notes: readonly Note[] } {
  const { working, frame, softwareOnly } = conditions;
  const shortSide = Math.min(frame.width, frame.height);
  const notes: Note[] = [];
  const planned = outputs.map((requested) => {
    const keepsAlpha = isAlphaKept(requested, frame);
    const output = keepsAlpha ? withAlpha(requested) : requested;
    const { acceleration } = output;
    const usable = encodersFor(output, working).filter(
      ({ minSidePixels = 0 }) => shortSide >= minSidePixels,
    );
    const software = usable.find((row) => !row.hardware);
    const hardware = usable.find((row) => row.hardware);
    const useHardware = acceleration !== "software" && !softwareOnly && hardware !== undefined;
    const encoder = useHardware ? hardware : software;
    if (!encoder) throw codecUnavailable(output, working);
    const hardwareFailed = softwareOnly && hardware !== undefined;
    const expectsHardware =
      acceleration === "hardware" || (acceleration === "auto" && hardwareFailed);
    if (!useHardware && expectsHardware) {
      const { name, codec } = output;
      notes.push(note("ENCODED_IN_SOFTWARE", { output: name, codec, encoder: encoder.name }));
    }
    return { output, encoder, keepsAlpha };
  });
  return { planned, notes };
}

function isAlphaKept({ transparency = "flatten" }: OutputSpec, frame: PlanConditions["frame"]) {
  return frame.hasAlpha === true && transparency !== "flatten";
}

/** The output in the codec's pixel format for transparency. */
function withAlpha(output: OutputSpec): OutputSpec {
  const { pixelFormat = output.pixelFormat } = codecRow(output.codec).alpha ?? {};
  return { ...output, pixelFormat };
}

/**
 * Checks that this worker can make all outputs of a job. `leftToOthers` is how often this order was
 * left to other workers. Throws CODEC_ELSEWHERE when another worker can make all of them, which
 * leaves the order to that worker. Throws CODEC_UNAVAILABLE when no worker can, and the order was
 * left to others often enough for one to have started.
 */
export function checkEncodersHere(
  outputs: readonly OutputSpec[],
  working: readonly EncoderRow[],
  workers: EncodersByWorker,
  leftToOthers: number,
): void {
  const missing = outputs.find((output) => encodersFor(output, working).length === 0);
  if (!missing) return;
  const anotherCan = [...workers.values()].some((facts) => {
    const rows = workingRows(facts);
    return outputs.every((output) => encodersFor(output, rows).length > 0);
  });
  if (!anotherCan && leftToOthers >= MAX_TIMES_LEFT_TO_OTHERS) {
    throw codecUnavailable(missing, working);
  }
  const { codec } = missing;
  throw new DepthmeshError("CODEC_ELSEWHERE", `this worker has no encoder for ${codec}`, {
    metadata: { codec },
  });
}

/** Those of `working` that make an output of this codec and pixel format. */
function encodersFor(
  { codec, pixelFormat }: OutputSpec,
  working: readonly EncoderRow[],
): readonly EncoderRow[] {
  return working.filter(
    (row) => row.codec === codec && (row.pixelFormats?.includes(pixelFormat) ?? true),
  );
}

function workingRows(facts: readonly EncoderFacts[]): readonly EncoderRow[] {
  const names = new Set(facts.filter(({ works }) => works).map(({ name }) => name));
  return ENCODERS.filter(({ name }) => names.has(name));
}

function codecUnavailable(output: OutputSpec, working: readonly EncoderRow[]): DepthmeshError {
  const { codec, container, pixelFormat } = output;
  const known = [...new Set(working.map((encoder) => encoder.codec))].join(" ");
  return new DepthmeshError(
    "CODEC_UNAVAILABLE",
    `no encoder here makes ${codec} with pixel format ${pixelFormat}; available codecs: ${known}`,
    { metadata: { field: "outputs.codec", codec, container, known } },
  );
}

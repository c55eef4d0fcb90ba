/** Which encoder makes each output: hardware where it works and may, else software. */
import { DepthmeshError } from "../../core/errors.js";
import type { OutputSpec } from "../../core/output/spec.js";
import { type Note, note } from "../../core/spec/note.js";
import type { PlannedOutput } from "./encoder.js";
import type { EncoderRow } from "./encoders.js";

export interface PlanConditions {
  /** Encoders that work here, the preferred ones of a codec first. */
  readonly working: readonly EncoderRow[];
  readonly frame: { readonly width: number; readonly height: number };
  /** The job failed before, perhaps by its hardware: it is not tried again. */
  readonly softwareOnly: boolean;
}

/** Throws CODEC_UNAVAILABLE with the codecs that can be made here. */
export function planOutputs(
  outputs: readonly OutputSpec[],
  conditions: PlanConditions,
): { readonly planned: readonly PlannedOutput[]; readonly notes: readonly Note[] } {
  const { frame } = conditions;
  const notes: Note[] = [];
  const planned = outputs.map((output) => {
    const able = encodersFor(output, conditions.working).filter((row) => isLargeEnough(row, frame));
    const hardware = able.find((encoder) => encoder.hardware && mayUse(output, conditions));
    const encoder = hardware ?? able.find((each) => !each.hardware);
    if (!encoder) throw unavailable(output, conditions.working);
    const failed = conditions.softwareOnly && able.some((each) => each.hardware);
    if (
      !hardware &&
      (output.acceleration === "hardware" || (failed && output.acceleration === "auto"))
    ) {
      const { name, codec } = output;
      notes.push(note("ENCODED_IN_SOFTWARE", { output: name, codec, encoder: encoder.name }));
    }
    return { output, encoder };
  });
  return { planned, notes };
}

/** Those of `working` that make an output of this codec and pixel format. */
export function encodersFor(
  { codec, pixelFormat }: OutputSpec,
  working: readonly EncoderRow[],
): readonly EncoderRow[] {
  return working.filter(
    (row) => row.codec === codec && (row.pixelFormats?.includes(pixelFormat) ?? true),
  );
}

function isLargeEnough(
  { minSidePixels = 0 }: EncoderRow,
  { width, height }: PlanConditions["frame"],
): boolean {
  return Math.min(width, height) >= minSidePixels;
}

function mayUse({ acceleration }: OutputSpec, { softwareOnly }: PlanConditions): boolean {
  return acceleration !== "software" && !softwareOnly;
}

/** CODEC_UNAVAILABLE, with what there is. */
export function unavailable(output: OutputSpec, working: readonly EncoderRow[]): DepthmeshError {
  const { codec, container, pixelFormat } = output;
  const known = [...new Set(working.map((encoder) => encoder.codec))].join(" ");
  return new DepthmeshError(
    "CODEC_UNAVAILABLE",
    `no encoder here makes ${codec} of ${pixelFormat}; there is ${known}`,
    { metadata: { field: "outputs.codec", codec, container, known } },
  );
}

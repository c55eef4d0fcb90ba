/**
 * Sends damaged photos through the structure check and the guarded decoder, and counts the
 * outcomes.
 */

import { isReason, toDepthmeshError } from "../../core/errors.js";
import { PHOTO_FORMATS } from "../../core/photo/format.js";
import { DEFAULT_PHOTO_LIMITS, inspectPhoto } from "../../core/photo/inspect.js";
import { photoRules } from "../../services/depth/config.js";
import type { Decoder } from "../../services/depth/decode/decoder.js";
import { mutated } from "../../testing/mutations.js";
import { photoFiles } from "../../testing/photos.js";
import { seededRandom } from "../../testing/random.js";

const RULES = photoRules({
  maxPixels: 50_000_000,
  photoFormats: PHOTO_FORMATS.join(" "),
});

export interface FuzzSummary {
  readonly runs: number;
  /** Number of photos by error reason; "decoded" when the damage did not matter. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  /** How often the decoding process died or was killed. */
  readonly decodersLost: number;
  /** Outcomes that no photo may have, with the number of the run that repeats them. */
  readonly defects: readonly string[];
}

/** Runs `first` to `first + runs`; run n always has the same file. */
export async function fuzzPhotos(
  decoder: Decoder,
  { runs, seed, first = 0 }: { runs: number; seed: number; first?: number },
): Promise<FuzzSummary> {
  const files = await photoFiles();
  const outcomes: Record<string, number> = {};
  const defects: string[] = [];
  let slowestMs = 0;
  let decodersLost = 0;
  for (let run = first; run < first + runs; run++) {
    const file = files[run % files.length];
    if (!file) continue;
    const bytes = mutated(file.bytes, seededRandom(seed * 1_000_003 + run));
    const started = performance.now();
    const { pid } = decoder;
    const outcome = await outcomeOf(decoder, bytes);
    slowestMs = Math.max(slowestMs, performance.now() - started);
    if (decoder.pid !== pid) decodersLost += 1;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (outcome !== "decoded" && !isPhotoReason(outcome)) {
      defects.push(`run ${run}, ${file.name}: ${outcome}`);
    }
  }
  return { runs, outcomes, slowestMs, decodersLost, defects };
}

async function outcomeOf(decoder: Decoder, bytes: Buffer): Promise<string> {
  try {
    // As the gateway does, before anything is stored.
    inspectPhoto(bytes, DEFAULT_PHOTO_LIMITS);
    const photo = await decoder.photo(bytes, { ...RULES, fit: { longSidePixels: 1024 } });
    const whole = photo.rgb.length === 3 * photo.width * photo.height;
    return whole ? "decoded" : `${photo.rgb.length} bytes of ${photo.width}×${photo.height}`;
  } catch (error) {
    return toDepthmeshError(error).reason;
  }
}

function isPhotoReason(outcome: string): boolean {
  return isReason(outcome) && outcome.startsWith("IMAGE_");
}

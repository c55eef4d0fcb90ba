/**
 * Decides whether what a decoding library said about a file is damage, and which reason it has.
 * Every error of a library passes here, and nothing else decides it.
 */
import sharp, { type Sharp, type SharpOptions } from "sharp";
import type { Reason } from "../../../core/error-reasons.js";
import { DepthmeshError } from "../../../core/errors.js";
import type { Size } from "../../../core/geometry/size.js";
import { FORMAT_TITLES, type PhotoFormat } from "../../../core/photo/format.js";
import { jpegPixels } from "../../../core/photo/jpeg-pixels.js";
import type { PixelState } from "../../../core/photo/pixel-state.js";
import type { Rectangle } from "../../../core/photo/structure.js";
import { tiffPixels } from "../../../core/photo/tiff-pixels.js";
import { LibraryError } from "./library-error.js";
import { cleanWords } from "./library-words.js";
import { pngPixels } from "./png-pixels.js";
import { readableByLibvips } from "./readable.js";

/** An encoded file whose structure is sound. */
export interface SoundFile {
  readonly format: PhotoFormat;
  readonly bytes: Uint8Array;
  /** The part of the canvas that the first frame covers, where it is not all of it. */
  readonly covered?: Rectangle | undefined;
  /** The size of the canvas, of formats that have one: as the structure check has read it. */
  readonly canvas?: Size;
}

/** What a library said while it decoded a file. */
interface LibraryReport {
  /** Its error, if it gave up. */
  readonly thrown?: unknown;
  /** Its warnings: it went on and returned pixels. */
  readonly warnings: readonly string[];
}

/**
 * Where libraries warn and go on though pixels are missing: libjpeg fills what it lacks with gray,
 * also inside a TIFF. The others refuse missing and damaged pixels as errors; what they warn of is
 * of no importance for the pixels (an unknown chunk, a profile that is not standard).
 */
const WARNS_OF_DAMAGE: ReadonlySet<PhotoFormat> = new Set<PhotoFormat>(["jpeg", "tiff"]);

/** Errors of sharp itself, by their whole text: it has no codes. */
const OWN_ERRORS: Readonly<Record<string, Reason>> = {
  "Input image exceeds pixel limit": "IMAGE_TOO_MANY_PIXELS",
  "Input buffer contains unsupported image format": "IMAGE_UNSUPPORTED_FORMAT",
};

/** Errors of libheif by their code, as far as they say anything but "corrupt". */
const LIBHEIF_ERRORS: readonly (readonly [code: RegExp, reason: Reason])[] = [
  [/^[27]\.100$/, "IMAGE_TRUNCATED"],
  [/^(3|4|11)\./, "IMAGE_UNSUPPORTED_FORMAT"],
];

/**
 * Errors of libraries that say that bytes are missing, as they begin: JERR_INPUT_EOF of libjpeg,
 * of libwebp's demuxer, of libnsgif's codes, of libtiff's strip reader. They decide only where the
 * file's own bytes do not tell.
 */
const MEANS_CUT: readonly string[] = [
  "VipsJpeg: premature end of JPEG image",
  "gifload_buffer: Unexpected end",
  "webp2vips: not enough data",
];

/** Opens the picture once more, with other options. */
export type OpenImage = (options?: SharpOptions) => Sharp;

/**
 * Runs `decode` on the picture in `file`. Throws the IMAGE_ reasons for a damaged file, and the
 * errors of `decode` that are a DepthmeshError.
 */
export async function decodeWatched<Result>(
  file: SoundFile,
  options: SharpOptions,
  decode: (open: OpenImage) => Promise<Result>,
): Promise<Result> {
  const warnings: string[] = [];
  const watched = async () => {
    const bytes = await readableByLibvips(file);
    return decode((more) => {
      const image = sharp(bytes, { ...options, ...more, failOn: "error" });
      image.on("warning", (warning: string) => warnings.push(warning));
      return image;
    });
  };
  const decoded = await watched().catch(async (thrown: unknown) => {
    await requireNoDamage(file, { thrown, warnings });
    throw thrown;
  });
  await requireNoDamage(file, { warnings });
  return decoded;
}

/**
 * Throws the error of a report that is damage, and returns for all others. A DepthmeshError is
 * thrown as it is. Metadata: `format` and `decoder_words`, the library's own words; they are whole
 * in the cause.
 */
async function requireNoDamage(file: SoundFile, report: LibraryReport): Promise<void> {
  const { thrown, warnings } = report;
  if (thrown instanceof DepthmeshError) throw thrown;
  const failed = thrown !== undefined;
  if (!failed && (warnings.length === 0 || !WARNS_OF_DAMAGE.has(file.format))) return;

  const words = [...(failed ? [textOf(thrown)] : []), ...warnings].join("\n");
  const ownReason = failed ? codedReason(thrown) : undefined;
  if (ownReason) throw damage(file.format, ownReason, undefined, words);
  const state = await pixelState(file);
  if (state.state === "cut") throw damage(file.format, "IMAGE_TRUNCATED", state.fault, words);
  if (state.state === "damaged") throw damage(file.format, "IMAGE_CORRUPT", state.fault, words);
  // A warning without a missing pixel; where nothing but the library can tell, it is believed.
  if (!failed && state.state === "whole") return;
  const cut = MEANS_CUT.some((beginning) => words.startsWith(beginning));
  throw damage(file.format, cut ? "IMAGE_TRUNCATED" : "IMAGE_CORRUPT", undefined, words);
}

async function pixelState({ format, bytes }: SoundFile): Promise<PixelState> {
  if (format === "jpeg") return jpegPixels(bytes);
  if (format === "png") return pngPixels(bytes);
  if (format === "tiff") return tiffPixels(bytes);
  return { state: "unknown" };
}

const MESSAGES: Partial<Record<Reason, string>> = {
  IMAGE_TOO_MANY_PIXELS: "has more pixels than the limit",
  IMAGE_UNSUPPORTED_FORMAT: "is of a kind that this server cannot decode",
  IMAGE_TRUNCATED: "ends before its last pixel",
  IMAGE_CORRUPT: "has pixels that cannot be decoded",
};

function damage(format: PhotoFormat, reason: Reason, fault: string | undefined, words: string) {
  const said = cleanWords(words);
  const message = `the ${FORMAT_TITLES[format]} ${MESSAGES[reason]}${fault ? `: ${fault}` : ""}`;
  return new DepthmeshError(reason, message, {
    metadata: { format, ...(said !== "" && { decoder_words: said }) },
    cause: new Error(words),
  });
}

/** The reason that an error's code, or its fixed text, has by itself. */
function codedReason(thrown: unknown): Reason | undefined {
  if (!(thrown instanceof LibraryError)) return OWN_ERRORS[textOf(thrown)];
  return LIBHEIF_ERRORS.find(([code]) => code.test(thrown.code))?.[1];
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

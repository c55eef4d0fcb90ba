/** How libvips is used here: which of its loaders may run, and what its error messages mean to the caller. */
import sharp from "sharp";
import { DepthmeshError, type Reason } from "../../../core/errors.js";
import { FORMAT_TITLES, type PhotoFormat } from "../../../core/photo/format.js";
import type { PhotoFacts } from "../../../core/photo/inspect.js";

// One operation at a time: nothing to remember, and the other cores belong to inference and rendering.
sharp.cache(false);
sharp.concurrency(1);

const LOADERS: Readonly<Record<PhotoFormat, string>> = {
  jpeg: "VipsForeignLoadJpegBuffer",
  png: "VipsForeignLoadPngBuffer",
  gif: "VipsForeignLoadNsgifBuffer",
  webp: "VipsForeignLoadWebpBuffer",
  avif: "VipsForeignLoadHeifBuffer",
  tiff: "VipsForeignLoadTiffBuffer",
};

/** Leave libvips only the loaders of `formats`, and only those that read from memory. */
export function allowOnly(formats: readonly PhotoFormat[]): void {
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: formats.map((format) => LOADERS[format]) });
}

const KINDS: readonly (readonly [pattern: RegExp, reason: Reason, sentence: string])[] = [
  [/exceeds pixel limit/i, "IMAGE_TOO_MANY_PIXELS", "has more pixels than the limit"],
  [
    /unsupported image format|no known loader|operation is blocked/i,
    "IMAGE_UNSUPPORTED_FORMAT",
    "is of a kind that cannot be decoded here",
  ],
  [
    /premature end|truncat|not enough data|unexpected end|end of (stream|file)|too short/i,
    "IMAGE_TRUNCATED",
    "ends before its last pixel",
  ],
];

/** A DepthmeshError is returned as it is; any other error of the decoder gets its reason from its message. */
export function pixelFault(
  thrown: unknown,
  { format }: Pick<PhotoFacts, "format">,
): DepthmeshError {
  if (thrown instanceof DepthmeshError) return thrown;
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  const [, reason, sentence] = KINDS.find(([pattern]) => pattern.test(words)) ?? [
    undefined,
    "IMAGE_CORRUPT" as const,
    "has pixels that cannot be decoded",
  ];
  return new DepthmeshError(reason, `the ${FORMAT_TITLES[format]} ${sentence}`, {
    metadata: { format },
    cause: thrown,
  });
}

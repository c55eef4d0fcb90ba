/** What libvips says about broken pixels, as an error for the caller. Its own words stay in `cause`. */

import { InputError, type InputReason } from "../../../core/input-error.js";
import { FORMAT_TITLES } from "../../../core/photo/format.js";
import type { PhotoFacts } from "../../../core/photo/inspect.js";

const KINDS: readonly (readonly [pattern: RegExp, reason: InputReason, sentence: string])[] = [
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

/** An InputError stays what it is; anything else that decoding throws is told apart by its message. */
export function pixelFault(thrown: unknown, { format }: Pick<PhotoFacts, "format">): InputError {
  if (thrown instanceof InputError) return thrown;
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  const [, reason, sentence] = KINDS.find(([pattern]) => pattern.test(words)) ?? [
    undefined,
    "IMAGE_CORRUPT" as const,
    "has pixels that cannot be decoded",
  ];
  const error = new InputError(reason, `the ${FORMAT_TITLES[format]} ${sentence}`, { format });
  error.cause = thrown;
  return error;
}

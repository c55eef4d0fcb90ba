/** What a caller did wrong, in one error class with a closed set of reasons. */

export type InputReason =
  | "IMAGE_UNSUPPORTED_FORMAT"
  | "IMAGE_CORRUPT"
  | "IMAGE_TRUNCATED"
  | "IMAGE_TOO_SMALL"
  | "IMAGE_TOO_MANY_PIXELS"
  | "IMAGE_TOO_MANY_FRAMES"
  | "SOUND_UNSUPPORTED_FORMAT"
  | "SOUND_CORRUPT"
  | "UPLOAD_TOO_LARGE"
  | "PARAMETER_OUT_OF_RANGE"
  | "PARAMETER_CONFLICT"
  | "PARAMETER_UNKNOWN"
  | "PRESET_UNKNOWN"
  | "MODEL_UNKNOWN"
  | "CODEC_UNAVAILABLE";

/**
 * The input cannot be used, and sending it again will not help.
 *
 * `message` is written for the caller. `metadata` holds the same facts for programs: `limit_*` and
 * `actual_*` where a limit was passed. Neither ever holds bytes or file names of the upload.
 */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly reason: InputReason;
  readonly metadata: Record<string, string>;

  constructor(reason: InputReason, message: string, metadata: Record<string, string> = {}) {
    super(message);
    this.reason = reason;
    this.metadata = metadata;
  }
}

/** What to do about a photo that was refused, for people who see a page and no error codes. */
import type { Reason } from "../../../../core/error-reasons.js";
import { STRINGS } from "../strings.js";

const { advice } = STRINGS.photo;

const BY_REASON: Readonly<Partial<Record<Reason, string>>> = {
  UPLOAD_TOO_LARGE: advice.smaller,
  IMAGE_TOO_MANY_PIXELS: advice.smaller,
  IMAGE_TOO_SMALL: advice.larger,
  IMAGE_UNSUPPORTED_FORMAT: advice.convert,
  IMAGE_CORRUPT: advice.exportAgain,
  IMAGE_TRUNCATED: advice.exportAgain,
  IMAGE_TOO_MANY_FRAMES: advice.oneFrame,
  UPLOAD_NOT_FOUND: advice.dropAgain,
  UPLOAD_EXPIRED: advice.dropAgain,
  QUOTA_EXCEEDED: advice.quota,
  RATE_LIMITED: advice.busy,
};

/** Empty where the server's own words say it all. */
export function adviceFor(reason: string): string {
  return BY_REASON[reason as Reason] ?? "";
}

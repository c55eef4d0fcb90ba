/** What to do about a photo that was refused, for people who see a page and no error codes. */
import type { Reason } from "../../../../core/error-reasons.js";
import { STRINGS } from "../strings.js";

const { advice } = STRINGS.photo;

const BY_REASON: Readonly<Partial<Record<Reason, string>>> = {
  UPLOAD_TOO_LARGE: advice.smaller,
  IMAGE_TOO_MANY_PIXELS: advice.smaller,
  IMAGE_TOO_SMALL: advice.larger,
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

const NOT_FOUND = 404;
const TOO_MANY = 429;

/** Whether the same photo may be taken the next time, by the status of the refusal. */
export function isWorthTrying(status: number): boolean {
  return status < 400 || status >= 500 || status === NOT_FOUND || status === TOO_MANY;
}

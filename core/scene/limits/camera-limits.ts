/** What a caller may say about the limits of a camera. */

/**
 * What happens to a camera that hides or stretches more of the photo than its limits allow: `auto`
 * makes it weaker, `strict` fails the job, `none` leaves it as it is.
 */
export const LIMIT_MODES = ["auto", "strict", "none"] as const;
export type LimitMode = (typeof LIMIT_MODES)[number];

export interface CameraLimits {
  readonly limit: LimitMode;
  /** Share of the frame, 0 to 100. */
  readonly maxHiddenAreaPercent: number;
  /** At least 1, which is not stretched. */
  readonly maxStretchP99: number;
}

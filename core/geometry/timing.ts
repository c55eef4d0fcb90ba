/** Frame rates, and the number of frames of a clip. */

export interface FrameRate {
  readonly numerator: number;
  readonly denominator: number;
}
/** 30 s at 120 frames/s: the longest clip that the parameter ranges allow. */
export const MAX_CLIP_FRAMES = 3600;

/** Number of frames of a clip: duration times rate, rounded to the nearest whole frame. */
export function clipFrames(durationSeconds: number, rate: FrameRate): number {
  return Math.round((durationSeconds * rate.numerator) / rate.denominator);
}

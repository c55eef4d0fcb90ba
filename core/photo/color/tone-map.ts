/**
 * Tone mapping: high dynamic range → what an sRGB screen shows. Reference white, 203 cd/m²
 * (BT.2408), becomes the white of sRGB; the roll-off above the mid tones is the curve of BT.2390.
 */
import { pqLuminance, pqSignal } from "./transfer.js";

/** Luminance of a white sheet of paper in an HDR picture, in cd/m² (BT.2408, table 1). */
export const REFERENCE_WHITE = 203;

/**
 * Peak of the screen for which HLG pictures are shown, in cd/m², and its system gamma (BT.2100).
 */
export const HLG_PEAK = 1000;
export const HLG_GAMMA = 1.2;

/**
 * The electro-electrical transfer function of BT.2390-11, 5.4.1, without black lift: luminance in
 * cd/m² → light, 1 = white of sRGB. Pictures whose `peak` is at most reference white are scaled and
 * nothing else. Above the knee the curve is a Hermite spline that reaches white at `peak`.
 */
export function toneCurve(peak: number): (luminance: number) => number {
  if (peak <= REFERENCE_WHITE) return (luminance) => Math.min(1, luminance / REFERENCE_WHITE);
  const signalPeak = pqSignal(peak);
  const white = pqSignal(REFERENCE_WHITE) / signalPeak;
  const knee = Math.max(0, 1.5 * white - 0.5);
  return (luminance) => {
    const signal = Math.min(1, pqSignal(luminance) / signalPeak);
    if (signal < knee) return luminance / REFERENCE_WHITE;
    const t = (signal - knee) / (1 - knee);
    const [t2, t3] = [t * t, t * t * t];
    const mapped =
      (2 * t3 - 3 * t2 + 1) * knee + (t3 - 2 * t2 + t) * (1 - knee) + (3 * t2 - 2 * t3) * white;
    return Math.min(1, pqLuminance(mapped * signalPeak) / REFERENCE_WHITE);
  };
}

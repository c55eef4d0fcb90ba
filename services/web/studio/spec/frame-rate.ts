/** Frame rates as numbers, and as the fractions that are exact. */
import type { FrameRateJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";

/** Rates of broadcasting are multiples of 1000/1001. */
const BROADCAST = 1001;

/** 29.97 is 30000/1001; other fractions are kept to a thousandth. */
export function rateOf(framesPerSecond: number): FrameRateJson {
  if (Number.isInteger(framesPerSecond)) return { numerator: framesPerSecond, denominator: 1 };
  const nominal = Math.ceil(framesPerSecond);
  const broadcast = (nominal * 1000) / BROADCAST;
  if (Math.abs(framesPerSecond - broadcast) < 0.005) {
    return { numerator: nominal * 1000, denominator: BROADCAST };
  }
  return { numerator: Math.round(framesPerSecond * 1000), denominator: 1000 };
}

/** Frames per second, to a thousandth. */
export function framesPerSecond({ numerator = 0, denominator = 1 }: FrameRateJson): number {
  return Math.round((numerator / (denominator || 1)) * 1000) / 1000;
}

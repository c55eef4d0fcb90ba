/** Transfer characteristics: how the samples of a photo encode light. */

/** A curve of an ICC profile, sampled evenly over the signal 0…1 and interpolated linearly. */
export interface SampledCurve {
  readonly kind: "sampled";
  /** Light by signal, at least two values. */
  readonly samples: readonly number[];
}

/** The function of an ICC parametric curve: (a·v + b)^g + e from d on, c·v + f below it. */
export interface ParametricCurve {
  readonly kind: "parametric";
  readonly g: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

export type ToneCurve = SampledCurve | ParametricCurve;

/** Transfers whose light is relative to the white of the picture. */
export type SdrTransfer =
  | { readonly kind: "srgb" }
  | { readonly kind: "bt709" }
  | { readonly kind: "smpte240m" }
  | { readonly kind: "smpte428" }
  /** Light = signal^exponent. */
  | { readonly kind: "gamma"; readonly exponent: number }
  /** The curves of an ICC profile for red, green and blue. */
  | { readonly kind: "curves"; readonly curves: readonly [ToneCurve, ToneCurve, ToneCurve] };

/** Transfers of high dynamic range (BT.2100). */
export type HdrTransfer = { readonly kind: "pq" } | { readonly kind: "hlg" };

export type Transfer = SdrTransfer | HdrTransfer;

const BT709: Transfer = { kind: "bt709" };
const SRGB: Transfer = { kind: "srgb" };
const gamma = (exponent: number): Transfer => ({ kind: "gamma", exponent });

/**
 * Transfers by their code point (ITU-T H.273, table 3). Left out are 2, "unspecified", and the
 * logarithmic ones (9, 10), which no photo uses.
 */
export const TRANSFER_BY_CODE: Readonly<Record<number, Transfer>> = {
  1: BT709,
  4: gamma(2.2),
  5: gamma(2.8),
  6: BT709,
  7: { kind: "smpte240m" },
  8: gamma(1),
  11: BT709,
  12: BT709,
  13: SRGB,
  14: BT709,
  15: BT709,
  16: { kind: "pq" },
  17: { kind: "smpte428" },
  18: { kind: "hlg" },
};

export function isHdr(transfer: Transfer): transfer is HdrTransfer {
  return transfer.kind === "pq" || transfer.kind === "hlg";
}

/**
 * Linear light of a signal 0…1 of channel 0…2. For SDR, 1 is white. For PQ, light in cd/m². For
 * HLG, the light of the scene, where 1 is the brightest that it can encode.
 */
export function linearLight(transfer: Transfer, signal: number, channel = 0): number {
  const v = Math.min(1, Math.max(0, signal));
  switch (transfer.kind) {
    case "srgb":
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    case "gamma":
      return v ** transfer.exponent;
    case "bt709":
      return v < 0.0812429 ? v / 4.5 : ((v + 0.0992968) / 1.0992968) ** (1 / 0.45);
    case "smpte240m":
      return v < 0.0912864 ? v / 4 : ((v + 0.1115722) / 1.1115722) ** (1 / 0.45);
    case "smpte428":
      return (v ** 2.6 * 52.37) / 48;
    case "curves":
      return curveLight(transfer.curves[channel] ?? transfer.curves[0], v);
    case "pq":
      return pqLuminance(v);
    case "hlg":
      return hlgSceneLight(v);
  }
}

/** Light of a signal 0…1. */
export function curveLight(curve: ToneCurve, v: number): number {
  if (curve.kind === "sampled") return interpolated(curve.samples, v);
  const { g, a, b, c, d, e, f } = curve;
  return v >= d ? Math.max(0, a * v + b) ** g + e : c * v + f;
}

function interpolated(samples: readonly number[], v: number): number {
  const at = v * (samples.length - 1);
  const low = samples[Math.floor(at)] ?? 0;
  return low + (at - Math.floor(at)) * ((samples[Math.ceil(at)] ?? low) - low);
}

/** The constants of the perceptual quantizer (SMPTE ST 2084; BT.2100, table 4). */
const M1 = 2610 / 16384;
const M2 = (2523 / 4096) * 128;
const C1 = 3424 / 4096;
const C2 = (2413 / 4096) * 32;
const C3 = (2392 / 4096) * 32;
/** Luminance of the PQ signal 1, in cd/m². */
export const PQ_PEAK = 10_000;

/** Luminance in cd/m² of a PQ signal 0…1. */
export function pqLuminance(signal: number): number {
  const power = Math.max(0, signal) ** (1 / M2);
  return PQ_PEAK * (Math.max(0, power - C1) / (C2 - C3 * power)) ** (1 / M1);
}

/** PQ signal of a luminance in cd/m². */
export function pqSignal(luminance: number): number {
  const power = (Math.max(0, luminance) / PQ_PEAK) ** M1;
  return ((C1 + C2 * power) / (1 + C3 * power)) ** M2;
}

/** The inverse of the hybrid log-gamma OETF (BT.2100, table 5). */
function hlgSceneLight(signal: number): number {
  const [a, b, c] = [0.17883277, 0.28466892, 0.55991073];
  return signal <= 0.5 ? signal ** 2 / 3 : (Math.exp((signal - c) / a) + b) / 12;
}

/** 8-bit sRGB of linear light 0…1; values outside are clipped. */
export function srgbByte(light: number): number {
  const v = Math.min(1, Math.max(0, light));
  return Math.round(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));
}

/** Decoded samples of any color space → 8-bit sRGB pixels over white. Pure loops over tables. */

import { blendWithWhite, hasAlpha } from "./alpha.js";
import { type ColorSpace, SRGB } from "./color-space.js";
import { luminanceWeights, toLinearSrgb } from "./matrix.js";
import { samePrimaries } from "./primaries.js";
import { type Samples, whiteOf } from "./samples.js";
import { HLG_GAMMA, HLG_PEAK, REFERENCE_WHITE, toneCurve } from "./tone-map.js";
import { isHdr, linearLight, srgbByte } from "./transfer.js";

export interface SrgbPixels {
  /** 8 bits, three channels, opaque. */
  readonly rgb: Uint8Array;
  /** Set when the dynamic range was reduced: the luminance that became white, in cd/m². */
  readonly tonePeak?: number;
}

/**
 * Converts to sRGB; colors outside its gamut are clipped, channel by channel. Transparency is
 * blended with white in sRGB, as browsers do.
 */
export function toSrgb(samples: Samples, space: ColorSpace): SrgbPixels {
  const result = converted(samples, space);
  if (hasAlpha(samples)) blendWithWhite(result.rgb, samples);
  return result;
}

function converted(samples: Samples, space: ColorSpace): SrgbPixels {
  if (isHdr(space.transfer)) return toneMapped(samples, space);
  if (samePrimaries(space.primaries, SRGB.primaries)) {
    return { rgb: mapped(samples, byteTables(samples, space)) };
  }
  return { rgb: transformed(samples, space) };
}

type Bytes = readonly [Uint8ClampedArray, Uint8ClampedArray, Uint8ClampedArray];

/** The same primaries: each channel for itself. */
function mapped({ data, channels }: Samples, [red, green, blue]: Bytes): Uint8Array {
  const rgb = new Uint8Array((data.length / channels) * 3);
  const [g, b] = channels < 3 ? [0, 0] : [1, 2];
  for (let from = 0, to = 0; to < rgb.length; from += channels, to += 3) {
    rgb[to] = red[data[from] as number] as number;
    rgb[to + 1] = green[data[from + g] as number] as number;
    rgb[to + 2] = blue[data[from + b] as number] as number;
  }
  return rgb;
}

/** Other primaries: light, a matrix, and back. */
function transformed(samples: Samples, space: ColorSpace): Uint8Array {
  const { data, channels } = samples;
  const rgb = new Uint8Array((data.length / channels) * 3);
  const [red, green, blue] = lightTables(samples, space);
  const m = toLinearSrgb(space.primaries);
  const encode = encoder();
  const [toGreen, toBlue] = channels < 3 ? [0, 0] : [1, 2];
  for (let from = 0, to = 0; to < rgb.length; from += channels, to += 3) {
    const r = red[data[from] as number] as number;
    const g = green[data[from + toGreen] as number] as number;
    const b = blue[data[from + toBlue] as number] as number;
    rgb[to] = encode[step(m[0] * r + m[1] * g + m[2] * b)] as number;
    rgb[to + 1] = encode[step(m[3] * r + m[4] * g + m[5] * b)] as number;
    rgb[to + 2] = encode[step(m[6] * r + m[7] * g + m[8] * b)] as number;
  }
  return rgb;
}

/**
 * High dynamic range: all three channels are scaled by what the tone curve makes of the largest,
 * so that hues stay.
 */
function toneMapped(samples: Samples, space: ColorSpace): SrgbPixels {
  const pixels = samples.data.length / samples.channels;
  const fill = displayLight(samples, space);
  const peak = brightest(fill, pixels);
  const gains = toneGains(peak);
  const encode = encoder();
  const rgb = new Uint8Array(3 * pixels);
  const light = new Float32Array(3 * BATCH_PIXELS);
  for (let first = 0; first < pixels; first += BATCH_PIXELS) {
    const count = Math.min(BATCH_PIXELS, pixels - first);
    fill(light, count, first, 1);
    for (let i = 0, to = 3 * first; i < 3 * count; i += 3, to += 3) {
      const r = light[i] as number;
      const g = light[i + 1] as number;
      const b = light[i + 2] as number;
      const largest = Math.max(r, g, b, 0);
      const at = largest >= peak ? GAIN_STEPS : Math.sqrt(largest / peak) * GAIN_STEPS;
      const gain = gains[(at + 0.5) | 0] as number;
      rgb[to] = encode[step(r * gain)] as number;
      rgb[to + 1] = encode[step(g * gain)] as number;
      rgb[to + 2] = encode[step(b * gain)] as number;
    }
  }
  return { rgb, tonePeak: Math.round(peak) };
}

/** Pixels whose light is in memory at a time. */
const BATCH_PIXELS = 4096;

/**
 * Writes linear light with the primaries of sRGB, in cd/m², of `count` pixels from `first` on, of
 * which every `stride`-th is taken.
 */
type FillLight = (light: Float32Array, count: number, first: number, stride: number) => void;

function displayLight(samples: Samples, space: ColorSpace): FillLight {
  const { data, channels } = samples;
  const [table] = lightTables(samples, space);
  const m = toLinearSrgb(space.primaries);
  const [weightRed, weightGreen, weightBlue] = luminanceWeights(space.primaries);
  const isHlg = space.transfer.kind === "hlg";
  const systemGains = isHlg ? gainTable((scene) => HLG_PEAK * scene ** (HLG_GAMMA - 1)) : [];
  const [toGreen, toBlue] = channels < 3 ? [0, 0] : [1, 2];
  return (light, count, first, stride) => {
    for (let to = 0, from = first * channels; to < 3 * count; to += 3, from += stride * channels) {
      const r = table[data[from] as number] as number;
      const g = table[data[from + toGreen] as number] as number;
      const b = table[data[from + toBlue] as number] as number;
      // The OOTF of BT.2100: light of the scene → light of the screen.
      const scene = isHlg ? weightRed * r + weightGreen * g + weightBlue * b : 0;
      const gain = isHlg ? (systemGains[(Math.sqrt(scene) * GAIN_STEPS + 0.5) | 0] as number) : 1;
      light[to] = gain * (m[0] * r + m[1] * g + m[2] * b);
      light[to + 1] = gain * (m[3] * r + m[4] * g + m[5] * b);
      light[to + 2] = gain * (m[6] * r + m[7] * g + m[8] * b);
    }
  };
}

/** Most pixels that are looked at for the brightest light. */
const PEAK_PIXELS = 65_536;
/** The brightest 0.1 % may clip: single sparks must not darken the whole picture. */
const PEAK_SHARE = 0.999;

/** The peak of a picture in cd/m², at least reference white. */
function brightest(fill: FillLight, pixels: number): number {
  const stride = Math.max(1, Math.floor(pixels / PEAK_PIXELS));
  const count = Math.ceil(pixels / stride);
  const light = new Float32Array(3 * count);
  fill(light, count, 0, stride);
  const largest = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const [r, g, b] = [light[3 * i], light[3 * i + 1], light[3 * i + 2]];
    largest[i] = Math.max(r ?? 0, g ?? 0, b ?? 0);
  }
  largest.sort();
  return Math.max(REFERENCE_WHITE, largest[Math.floor(PEAK_SHARE * (count - 1))] ?? 0);
}

/** Factors from cd/m² to light of sRGB, by luminance as a part of `peak`. */
function toneGains(peak: number): Float32Array {
  const curve = toneCurve(peak);
  return gainTable((part) => curve(part * peak) / (part * peak));
}

const GAIN_STEPS = 4095;

/** A factor by light 0…1. The index is the square root of the light: dark tones need more steps. */
function gainTable(gain: (light: number) => number): Float32Array {
  const table = new Float32Array(GAIN_STEPS + 1);
  for (let i = 0; i <= GAIN_STEPS; i++) table[i] = gain((Math.max(0.5, i) / GAIN_STEPS) ** 2);
  return table;
}

const ENCODER_STEPS = 65_535;
let encoderTable: Uint8Array | undefined;

/** 8-bit sRGB by linear light. A step is a twentieth of a value where sRGB is steepest. */
function encoder(): Uint8Array {
  if (encoderTable) return encoderTable;
  encoderTable = new Uint8Array(ENCODER_STEPS + 1);
  for (let i = 0; i <= ENCODER_STEPS; i++) encoderTable[i] = srgbByte(i / ENCODER_STEPS);
  return encoderTable;
}

function step(light: number): number {
  return light <= 0 ? 0 : light >= 1 ? ENCODER_STEPS : (light * ENCODER_STEPS + 0.5) | 0;
}

/** The signal 0…1 of every possible sample. */
function signals(samples: Samples, range: ColorSpace["range"]): (sample: number) => number {
  const unit = samples.data instanceof Uint8Array ? 1 : 256;
  const white = whiteOf(samples);
  // H.273, 8.3: black is 16 and white 235, in units of 8 bits.
  if (range === "narrow") return (sample) => (sample / unit - 16) / 219;
  return (sample) => sample / white;
}

const sampleCount = ({ data }: Samples) => (data instanceof Uint8Array ? 256 : 65_536);

type Lights = readonly [Float32Array, Float32Array, Float32Array];

/** Light by sample, for each channel. */
function lightTables(samples: Samples, { transfer, range }: ColorSpace): Lights {
  const signal = signals(samples, range);
  const table = (channel: number) => {
    const lights = new Float32Array(sampleCount(samples));
    for (let sample = 0; sample < lights.length; sample++) {
      lights[sample] = linearLight(transfer, signal(sample), channel);
    }
    return lights;
  };
  const red = table(0);
  return transfer.kind === "curves" ? [red, table(1), table(2)] : [red, red, red];
}

/** 8-bit sRGB by sample, for each channel. */
function byteTables(samples: Samples, space: ColorSpace): Bytes {
  const signal = signals(samples, space.range);
  const isEncoded = space.transfer.kind === "srgb";
  const table = (lights: Float32Array) => {
    const bytes = new Uint8ClampedArray(lights.length);
    for (let sample = 0; sample < bytes.length; sample++) {
      // A sample of sRGB is only scaled; the way through light would round it twice.
      bytes[sample] = isEncoded ? 255 * signal(sample) : srgbByte(lights[sample] as number);
    }
    return bytes;
  };
  const [red, green, blue] = lightTables(samples, space);
  const first = table(red);
  return green === red ? [first, first, first] : [first, table(green), table(blue)];
}

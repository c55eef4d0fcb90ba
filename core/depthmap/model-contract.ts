/**
 * The contract of a depth model: which input it takes and what its output means, as data, so that
 * one engine runs every model. Here too: the size of its input, the photo as its input tensor, and
 * the check of its output.
 */
import type { Size } from "../geometry/size.js";
import type { Kernel } from "./resize.js";
import { resize } from "./resize.js";

/** Sides in pixels of the model's input. Every side is a multiple of `multiple`. */
export type SizeRule =
  /** The photo is scaled to one size, whatever its aspect ratio. */
  | { readonly rule: "fixed"; readonly widthPixels: number; readonly heightPixels: number }
  /**
   * The aspect ratio is kept; the short side is at least `sidePixels` unless the long side would
   * exceed its limit.
   */
  | (AspectRule & { readonly rule: "lower"; readonly maxLongSidePixels: number })
  /** The aspect ratio is kept; the long side is `sidePixels`. */
  | (AspectRule & { readonly rule: "upper" });

interface AspectRule {
  readonly sidePixels: number;
  readonly multiple: number;
}

/**
 * Normalization of values in [0, 1], per plane in the order of the planes: (value − mean) / std.
 */
export interface Normalization {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

export interface InputContract {
  /** Name of the input in the graph; null means the graph's only input. */
  readonly name: string | null;
  /**
   * Axes of the tensor: batch, view (always one), channel, height, width. Their number is its rank.
   */
  readonly layout: "BCHW" | "BVCHW";
  readonly channels: "RGB" | "BGR";
  readonly size: SizeRule;
  readonly kernel: Kernel;
  /** Null: values in [0, 1]; the graph itself does any other normalization. */
  readonly normalisation: Normalization | null;
}

/**
 * Disparity is 1 / depth up to scale and shift; depth is positive up to scale; metric is depth in
 * meters.
 */
export type OutputContract = { readonly name: string | null } & (
  | { readonly kind: "disparity"; readonly near: "large" | "small" }
  | { readonly kind: "depth" | "metric" }
);

/**
 * Both sides are at least this many times the rule's multiple: a net cannot work with a single row
 * of patches.
 */
const MIN_MULTIPLES = 2;

export function modelInputSize(photo: Size, rule: SizeRule): Size {
  if (rule.rule === "fixed") return { width: rule.widthPixels, height: rule.heightPixels };
  const { multiple } = rule;
  const scale = scaleOf(photo, rule);
  const side = (pixels: number) =>
    Math.max(MIN_MULTIPLES, Math.round((pixels * scale) / multiple)) * multiple;
  return { width: side(photo.width), height: side(photo.height) };
}

function scaleOf({ width, height }: Size, rule: Exclude<SizeRule, { rule: "fixed" }>): number {
  const longSide = Math.max(width, height);
  if (rule.rule === "upper") return rule.sidePixels / longSide;
  return Math.min(rule.sidePixels / Math.min(width, height), rule.maxLongSidePixels / longSide);
}

/** The rule with its sides multiplied by `factor`; undefined if the model takes only one size. */
export function scaledRule(rule: SizeRule, factor: number): SizeRule | undefined {
  if (rule.rule === "fixed") return undefined;
  const scaled = (pixels: number) =>
    Math.max(MIN_MULTIPLES, Math.round((pixels * factor) / rule.multiple)) * rule.multiple;
  const sidePixels = scaled(rule.sidePixels);
  if (rule.rule === "upper") return { ...rule, sidePixels };
  return { ...rule, sidePixels, maxLongSidePixels: scaled(rule.maxLongSidePixels) };
}

const IDENTITY = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

/**
 * Planes [3, height, width] of RGB bytes [height, width, 3]: (value / 255 − mean) / std, in the
 * order of the contract.
 */
export function modelTensor(
  rgb: Uint8Array,
  from: Size,
  to: Size,
  input: Pick<InputContract, "channels" | "kernel" | "normalisation">,
): Float32Array {
  const small = resize(rgb, from, to, 3, input.kernel);
  const { mean, std } = input.normalisation ?? IDENTITY;
  const pixels = to.width * to.height;
  const tensor = new Float32Array(3 * pixels);
  for (const plane of [0, 1, 2] as const) {
    const channel = input.channels === "RGB" ? plane : 2 - plane;
    const scale = 1 / (255 * std[plane]);
    const bias = -mean[plane] / std[plane];
    for (let i = 0; i < pixels; i++) {
      tensor[plane * pixels + i] = (small[3 * i + channel] ?? 0) * scale + bias;
    }
  }
  return tensor;
}

/** The planes with each row of `width` values mirrored. */
export function mirrored(planes: Float32Array, width: number): Float32Array {
  const result = planes.slice();
  for (let row = 0; row < result.length; row += width) result.subarray(row, row + width).reverse();
  return result;
}

/**
 * The mean of a map and of the mirrored photo's map mirrored back, which cancels a left–right bias
 * of the net.
 */
export function flipAverage(map: Float32Array, ofMirrored: Float32Array, width: number) {
  const back = mirrored(ofMirrored, width);
  return map.map((value, i) => 0.5 * (value + (back[i] ?? 0)));
}

/** Why an output cannot be used. */
export type OutputFault = "not-finite" | "constant";

/**
 * A map with a smaller spread, relative to its largest value, has one value with rounding errors.
 */
const CONSTANT_SPREAD = 1e-6;

/**
 * The fault of a map, undefined if the map is usable. A working net gives finite values only, and
 * no photo makes all of them equal.
 */
export function outputFault(raw: Float32Array): OutputFault | undefined {
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (const value of raw) {
    if (!Number.isFinite(value)) return "not-finite";
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  const largest = Math.max(Math.abs(minimum), Math.abs(maximum));
  return maximum - minimum > CONSTANT_SPREAD * largest ? undefined : "constant";
}

/**
 * Finite output as disparity up to scale and shift, larger = nearer. A depth that is not positive
 * counts as infinite.
 */
export function rawDisparity(raw: Float32Array, output: OutputContract): Float32Array {
  if (output.kind !== "disparity") return raw.map((depth) => (depth > 0 ? 1 / depth : 0));
  return output.near === "large" ? raw : raw.map((value) => -value);
}

/** What a depth model wants as its input and what its output means, as data: how any model is run without code of its own. */
import type { Kernel } from "./resize.js";

/** Sides in pixels of the model's input. Every side is a multiple of `multiple`. */
export type SizeRule =
  /** The photo is squashed to one size, whatever its aspect. */
  | { readonly rule: "fixed"; readonly widthPixels: number; readonly heightPixels: number }
  /** Aspect kept, short side at least `sidePixels` unless the long side would pass its cap. */
  | (AspectRule & { readonly rule: "lower"; readonly maxLongSidePixels: number })
  /** Aspect kept, long side `sidePixels`. */
  | (AspectRule & { readonly rule: "upper" });

interface AspectRule {
  readonly sidePixels: number;
  readonly multiple: number;
}

/** Per plane, in the order of the planes, of values in [0, 1]: (value − mean) / std. */
export interface Normalization {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

export interface InputContract {
  /** Name in the graph; null is the graph's only input. */
  readonly name: string | null;
  /** Axes: batch, view (always one), channel, height, width. Their number is the tensor's rank. */
  readonly layout: "BCHW" | "BVCHW";
  readonly channels: "RGB" | "BGR";
  readonly size: SizeRule;
  readonly kernel: Kernel;
  /** Null: values in [0, 1], what else is wanted is part of the graph. */
  readonly normalisation: Normalization | null;
}

/** Disparity is 1 / depth up to scale and shift; depth is positive up to scale; metric is depth in meters. */
export type OutputContract = { readonly name: string | null } & (
  | { readonly kind: "disparity"; readonly near: "large" | "small" }
  | { readonly kind: "depth" | "metric" }
);

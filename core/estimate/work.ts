/**
 * What decides how long a job takes and how large its outputs are, in a few numbers and words. The
 * job record keeps it, so that a gateway learns from ended jobs without reading their specs.
 */
import type { Size } from "../geometry/size.js";
import type { OutputSpec } from "../output/spec.js";
import { type Check, fields, list, number, optional, text } from "../spec/json-checks.js";
import { planOf } from "../spec/plan.js";
import { pixelFrames } from "../spec/resolve-clip.js";
import type { JobSpec } from "../spec/spec.js";

/** Types and not interfaces, because the record holds them as JSON. */
export type OutputWork = {
  /** Container, codec and speed, such as `mp4 h264 fast`. */
  readonly format: string;
  /** What the encoder aims at, such as `crf 23`. */
  readonly rate: string;
  /**
   * What its bytes grow with: pixels of all its frames, or the bytes that a bitrate would make.
   */
  readonly size: number;
  /** Bytes above which it is made smaller; absent: never. */
  readonly maxBytes?: number;
};

export type JobWork = {
  /** Pixels of the upright photo. */
  readonly photoPixels: number;
  /** How the depth map is made: the name of a model, or `own map`. */
  readonly depth: string;
  /** How frames are drawn: the edges, and whether for both eyes. */
  readonly drawing: string;
  /** Pixels drawn over the whole clip; zero for a job without a video. */
  readonly pixelFrames: number;
  /** In the order of the spec. */
  readonly outputs: readonly OutputWork[];
};

/** `photo` is its upright size in pixels. */
export function workOf(spec: JobSpec, photo: Size): JobWork {
  const { outputs, clip, stereo, depth, edges, model } = spec;
  const planned = planOf(spec, photo).outputs;
  return {
    photoPixels: photo.width * photo.height,
    depth: depth.map ? "own map" : model,
    drawing: stereo.layout === "none" ? edges : `${edges} stereo`,
    pixelFrames: outputs.length === 0 ? 0 : pixelFrames(spec, photo),
    outputs: outputs.map((output, i) => {
      const { width = 0, height = 0, frames = 0 } = planned[i] ?? {};
      return workOfOutput(output, width * height * frames, clip.durationSeconds * output.repeat);
    }),
  };
}

function workOfOutput(output: OutputSpec, pixels: number, seconds: number): OutputWork {
  const { container, codec, speed, crf, bitrateKbps, quality, maxSizeBytes } = output;
  const format = [container, codec, ...(speed ? [speed] : [])].join(" ");
  if (bitrateKbps !== undefined) {
    return { format, rate: "bitrate", size: Math.round(bitrateKbps * 125 * seconds) };
  }
  const aim =
    crf !== undefined ? `crf ${crf}` : quality !== undefined ? `quality ${quality}` : "lossless";
  if (maxSizeBytes === undefined) return { format, rate: aim, size: pixels };
  // What was made smaller tells nothing about others.
  return { format, rate: `${aim} limited`, size: pixels, maxBytes: maxSizeBytes };
}

const WORK = fields<JobWork>({
  photoPixels: number,
  depth: text,
  drawing: text,
  pixelFrames: number,
  outputs: list(
    fields<OutputWork>({ format: text, rate: text, size: number, maxBytes: optional(number) }),
  ),
});

/** Checks what a record holds. Throws INTERNAL. */
export const STORED_WORK: Check<JobWork> = (value, at) => WORK(value, at);

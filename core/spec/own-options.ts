/**
 * The parameters that have an option of their own on the command line; `--set` takes the others.
 */
import type { PARAMETERS } from "./parameters.js";

/** By the key of the option: `longestSide` is `--longest-side`. */
export const OWN_OPTIONS = {
  intensity: "camera.intensity",
  limit: "camera.limit",
  phase: "camera.phase",
  loop: "camera.loop",
  duration: "clip.duration_seconds",
  fps: "clip.frame_rate",
  width: "clip.width",
  height: "clip.height",
  longestSide: "clip.longest_side",
  fit: "clip.fit",
  ssaa: "clip.ssaa",
  stereo: "stereo.layout",
  quality: "quality",
  edges: "edges",
  seed: "seed",
  codec: "outputs.codec",
  crf: "outputs.crf",
  bitrate: "outputs.bitrate_kbps",
  speed: "outputs.speed",
  pixelFormat: "outputs.pixel_format",
  gop: "outputs.gop_frames",
  dither: "outputs.dither",
  loops: "outputs.loops",
  repeat: "outputs.repeat",
  maxSize: "outputs.max_size_bytes",
  transparency: "outputs.transparency",
  acceleration: "outputs.acceleration",
  posterTau: "stills.poster_tau",
  stripCount: "stills.strip_count",
} as const satisfies Record<string, keyof typeof PARAMETERS>;

export type OwnOption = keyof typeof OWN_OPTIONS;
export const OWN_OPTION_KEYS = Object.keys(OWN_OPTIONS) as readonly OwnOption[];

/** The option of a key as it is written: `--longest-side`. */
export function flagOf(key: OwnOption): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

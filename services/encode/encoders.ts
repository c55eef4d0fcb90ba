/** The encoders of ffmpeg that this service knows, the preferred ones of each codec first. */
import type { Codec, PixelFormat } from "../../core/output/codecs.js";

export type Hardware = "nvenc" | "qsv" | "vaapi";

export interface EncoderRow {
  /** As ffmpeg names it. */
  readonly name: string;
  readonly codec: Codec;
  /** Absent: software. */
  readonly hardware?: Hardware;
  /** Those it can be given; absent: all of its codec. */
  readonly pixelFormats?: readonly PixelFormat[];
  /** It refuses pictures with a shorter side. */
  readonly minSidePixels?: number;
}

const EIGHT_BIT: readonly PixelFormat[] = ["yuv420p"];

function hardwareOf(codec: Codec, stem: string): EncoderRow[] {
  return (["nvenc", "qsv", "vaapi"] as const).map((hardware) => ({
    name: `${stem}_${hardware}`,
    codec,
    hardware,
    pixelFormats: EIGHT_BIT,
    // NVENC's limit; the others' are lower.
    minSidePixels: 160,
  }));
}

export const ENCODERS: readonly EncoderRow[] = [
  ...hardwareOf("h264", "h264"),
  { name: "libx264", codec: "h264" },
  ...hardwareOf("h265", "hevc"),
  { name: "libx265", codec: "h265" },
  ...hardwareOf("av1", "av1"),
  { name: "libsvtav1", codec: "av1", minSidePixels: 64 },
  { name: "libaom-av1", codec: "av1" },
  { name: "libvpx-vp9", codec: "vp9" },
  { name: "prores_ks", codec: "prores" },
  { name: "ffv1", codec: "ffv1" },
  { name: "gif", codec: "gif" },
  { name: "libwebp_anim", codec: "webp" },
  { name: "apng", codec: "apng" },
  { name: "png", codec: "png" },
];

/**
 * The table of video codecs: the settings that each codec takes, with ranges and defaults.
 * containers.ts is the table of containers. Validation, the catalog, the command and
 * docs/outputs.md are derived from these two tables.
 */
/** From fast encoding with large files to slow encoding with small files. */
export const SPEEDS = ["fastest", "fast", "medium", "slow"] as const;
export type Speed = (typeof SPEEDS)[number];

export const PIXEL_FORMATS = [
  "yuv420p",
  "yuv444p",
  "yuv420p10le",
  "yuv422p10le",
  "yuva444p10le",
  "yuva420p",
  "rgb24",
  "rgba",
  "pal8",
] as const;
/** Names of ffmpeg. */
export type PixelFormat = (typeof PIXEL_FORMATS)[number];

/** How the colors of a GIF's frames are mapped to its palette. */
export const DITHERS = ["none", "bayer", "floyd-steinberg", "sierra2-4a"] as const;
export type Dither = (typeof DITHERS)[number];

export interface CodecRow {
  readonly title: string;
  /** Constant rate factor: 0 to `maximum`, lower is better. Absent: the codec has none. */
  readonly crf?: { readonly maximum: number; readonly defaultValue: number };
  /** Quality, 0 to 100, higher is better. Absent: the codec has none. */
  readonly quality?: { readonly defaultValue: number };
  /** Whether a bitrate can be set instead of the rate factor. */
  readonly bitrate: boolean;
  /** The first is the default. */
  readonly pixelFormats: readonly [PixelFormat, ...PixelFormat[]];
  /** Whether the encoder's speed can be set. */
  readonly speed: boolean;
  /** Whether frames depend on other frames, so that the distance of key frames can be set. */
  readonly gop: boolean;
  readonly dither: boolean;
  /** Whether transparency can be stored, and how. Absent: the codec has none. */
  readonly alpha?: AlphaRow;
  /** Longest side of a frame that players decode, in pixels. Absent: that of any frame. */
  readonly maxSidePixels?: number;
  /** Decoding gives exactly the encoded pixels, in the default pixel format. */
  readonly lossless: boolean;
}

export interface AlphaRow {
  /** The pixel format of a file with transparency. */
  readonly pixelFormat: PixelFormat;
  /** Whether an output keeps the photo's transparency although its request does not ask for it. */
  readonly byDefault: boolean;
}

/** What happens to transparent parts. docs/outputs.md says what each word means. */
export const TRANSPARENCIES = ["auto", "keep", "flatten"] as const;
export type Transparency = (typeof TRANSPARENCIES)[number];

const RGBA: AlphaRow = { pixelFormat: "rgba", byDefault: true };
const NOTHING = { bitrate: false, speed: false, gop: false, dither: false, lossless: false };
const INTER = { ...NOTHING, bitrate: true, speed: true, gop: true };

const CODECS = {
  h264: {
    ...INTER,
    title: "H.264 (AVC)",
    crf: { maximum: 51, defaultValue: 20 },
    pixelFormats: ["yuv420p", "yuv444p"],
    // Level 5.2, the highest that most decoders have.
    maxSidePixels: 4096,
  },
  h265: {
    ...INTER,
    title: "H.265 (HEVC)",
    crf: { maximum: 51, defaultValue: 22 },
    pixelFormats: ["yuv420p", "yuv420p10le"],
  },
  av1: {
    ...INTER,
    title: "AV1",
    crf: { maximum: 63, defaultValue: 28 },
    pixelFormats: ["yuv420p", "yuv420p10le"],
  },
  vp9: {
    ...INTER,
    title: "VP9",
    crf: { maximum: 63, defaultValue: 24 },
    pixelFormats: ["yuv420p", "yuv444p", "yuva420p"],
    // Not every player reads the alpha of a WebM, which is a second picture beside the first.
    alpha: { pixelFormat: "yuva420p", byDefault: false },
  },
  prores: {
    ...NOTHING,
    title: "ProRes 422 HQ, or 4444 with alpha",
    pixelFormats: ["yuv422p10le", "yuva444p10le"],
    alpha: { pixelFormat: "yuva444p10le", byDefault: true },
  },
  ffv1: { ...NOTHING, title: "FFV1", pixelFormats: ["yuv420p"], lossless: true },
  gif: {
    ...NOTHING,
    title: "GIF, one palette for the clip",
    pixelFormats: ["pal8"],
    alpha: { pixelFormat: "pal8", byDefault: false },
    dither: true,
  },
  webp: {
    ...NOTHING,
    title: "animated WebP",
    quality: { defaultValue: 90 },
    pixelFormats: ["yuv420p", "rgba"],
    alpha: RGBA,
    speed: true,
  },
  apng: {
    ...NOTHING,
    title: "animated PNG",
    pixelFormats: ["rgb24", "rgba"],
    alpha: RGBA,
    speed: true,
    lossless: true,
  },
  png: {
    ...NOTHING,
    title: "PNG, a file a frame",
    pixelFormats: ["rgb24", "rgba"],
    alpha: RGBA,
    speed: true,
    lossless: true,
  },
} as const satisfies Record<string, CodecRow>;

export type Codec = keyof typeof CODECS;
export const CODEC_NAMES = Object.keys(CODECS) as readonly Codec[];

export const codecRow = (codec: Codec): CodecRow => CODECS[codec];

/**
 * What an encode worker found when it tried one of its encoders; the gateway learns it in this
 * form.
 */
export interface EncoderFacts {
  /** Name of the encoder in ffmpeg. */
  readonly name: string;
  readonly codec: Codec;
  /** nvenc, qsv or vaapi; empty for software. */
  readonly hardware: string;
  readonly works: boolean;
  /** The first error line of ffmpeg, if the encoder does not work. */
  readonly failure: string;
  /** Measured with small frames, including the start of ffmpeg. */
  readonly framesPerSecond: number;
}

/** The encoders that the live encode workers have announced, by the worker's name. */
export type EncodersByWorker = ReadonlyMap<string, readonly EncoderFacts[]>;

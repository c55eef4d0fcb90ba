/** The table of file formats of a video: the codecs that each may hold, and what else it takes. */
import type { Codec } from "./codecs.js";

/** How a container stores sound. */
export type SoundCodec = "aac" | "opus" | "pcm";

export interface ContainerRow {
  readonly title: string;
  /** File name extension with its dot. */
  readonly extension: string;
  readonly mediaType: string;
  /** The first is the default. */
  readonly codecs: readonly [Codec, ...Codec[]];
  /** Absent: the container holds no sound. */
  readonly sound?: SoundCodec;
  /** Whether the file states how often a player repeats it. */
  readonly loops: boolean;
  /** Whether the file can hold the clip several times after one encoding. */
  readonly repeat: boolean;
  /**
   * How the file says that its frames hold the views of both eyes: boxes in its sample entries, or
   * Matroska's StereoMode. Absent: it does not.
   */
  readonly stereo?: "boxes" | "stereo-mode";
  /** Largest size and frame rate of an output whose clip names none, as web pages show it. */
  readonly web?: WebLimits;
  /** Highest frame rate that players show correctly, in frames/s. */
  readonly maxFrameRate?: number;
}

export interface WebLimits {
  readonly longestSidePixels: number;
  /** In frames/s. Absent: the clip's. */
  readonly frameRate?: number;
}

const VIDEO = { loops: false, repeat: true };
const PICTURES = { loops: true, repeat: false };
const ARCHIVE = { loops: false, repeat: false };

const CONTAINERS = {
  mp4: {
    ...VIDEO,
    title: "MP4, fast start",
    extension: ".mp4",
    mediaType: "video/mp4",
    codecs: ["h264", "h265", "av1"],
    stereo: "boxes",
    sound: "aac",
  },
  webm: {
    ...VIDEO,
    title: "WebM",
    extension: ".webm",
    mediaType: "video/webm",
    codecs: ["vp9", "av1"],
    stereo: "stereo-mode",
    sound: "opus",
  },
  mov: {
    ...VIDEO,
    title: "QuickTime",
    extension: ".mov",
    mediaType: "video/quicktime",
    codecs: ["prores", "h264", "h265"],
    stereo: "boxes",
    sound: "pcm",
  },
  mkv: {
    ...VIDEO,
    title: "Matroska",
    extension: ".mkv",
    mediaType: "video/x-matroska",
    codecs: ["ffv1"],
    stereo: "stereo-mode",
    sound: "pcm",
  },
  gif: {
    ...PICTURES,
    title: "GIF",
    extension: ".gif",
    mediaType: "image/gif",
    codecs: ["gif"],
    web: { longestSidePixels: 640, frameRate: 15 },
    // Delays are in hundredths of a second. Browsers replace a delay below two of them by ten.
    maxFrameRate: 50,
  },
  webp: {
    ...PICTURES,
    title: "WebP",
    extension: ".webp",
    mediaType: "image/webp",
    codecs: ["webp"],
    web: { longestSidePixels: 640 },
  },
  apng: {
    ...PICTURES,
    title: "APNG",
    extension: ".apng",
    mediaType: "image/apng",
    codecs: ["apng"],
  },
  "png-tar": {
    ...ARCHIVE,
    title: "numbered PNG files in a tar archive",
    extension: ".tar",
    mediaType: "application/x-tar",
    codecs: ["png"],
  },
  "png-zip": {
    ...ARCHIVE,
    title: "numbered PNG files in a zip archive",
    extension: ".zip",
    mediaType: "application/zip",
    codecs: ["png"],
  },
} as const satisfies Record<string, ContainerRow>;

export type Container = keyof typeof CONTAINERS;
export const CONTAINER_NAMES = Object.keys(CONTAINERS) as readonly Container[];

export const containerRow = (container: Container): ContainerRow => CONTAINERS[container];

/** Every pair of a container and a codec that it may hold. */
export function combinations(): { readonly container: Container; readonly codec: Codec }[] {
  return CONTAINER_NAMES.flatMap((container) =>
    containerRow(container).codecs.map((codec) => ({ container, codec })),
  );
}

/**
 * Whether a container may hold VR180: where it can say so, and where its frames are for programs
 * that are told otherwise. Players would show any other file as a flat picture.
 */
export function holdsVr180(container: Container): boolean {
  const { stereo, loops, repeat } = containerRow(container);
  return stereo === "boxes" || !(loops || repeat);
}

/** The container for the extension of a file name, in upper or lower case. */
export function containerOfFile(name: string): Container | undefined {
  const lower = name.toLowerCase();
  return CONTAINER_NAMES.find((container) => lower.endsWith(containerRow(container).extension));
}

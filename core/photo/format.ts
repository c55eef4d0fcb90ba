/** The image formats that a photo may come in. */

export type PhotoFormat = "jpeg" | "png" | "gif" | "webp" | "avif" | "tiff";

/** How each format is written in a message. */
export const FORMAT_TITLES: Readonly<Record<PhotoFormat, string>> = {
  jpeg: "JPEG",
  png: "PNG",
  gif: "GIF",
  webp: "WebP",
  avif: "AVIF",
  tiff: "TIFF",
};

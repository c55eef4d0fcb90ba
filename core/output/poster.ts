/** The table of file formats of a poster. */
export const POSTER_FORMATS = ["png", "jpeg", "webp"] as const;
export type PosterFormat = (typeof POSTER_FORMATS)[number];

export interface PosterFile {
  /** File name extension with its dot; the artifact is `poster` with this extension. */
  readonly extension: string;
  readonly mediaType: string;
  /** Whether it can hold transparency. */
  readonly alpha: boolean;
}

export const POSTER_FILES: Readonly<Record<PosterFormat, PosterFile>> = {
  png: { extension: ".png", mediaType: "image/png", alpha: true },
  jpeg: { extension: ".jpg", mediaType: "image/jpeg", alpha: false },
  webp: { extension: ".webp", mediaType: "image/webp", alpha: true },
};

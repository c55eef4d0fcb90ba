/** The poster from the command line: its file's extension selects the format. */
import { extname } from "node:path";
import { DepthmeshError } from "../core/errors.js";
import { containerOfFile } from "../core/output/containers.js";
import { POSTER_FILES, POSTER_FORMATS, type PosterFormat } from "../core/output/poster.js";

const EXTENSIONS: ReadonlyMap<string, PosterFormat> = new Map([
  ...POSTER_FORMATS.map((format) => [POSTER_FILES[format].extension, format] as const),
  [".jpeg", "jpeg"],
]);
export const POSTER_EXTENSIONS = [...EXTENSIONS.keys()].join(" ");

/**
 * The format of a picture's file, which `option` names. Throws PARAMETER_UNKNOWN for another
 * extension.
 */
export function pictureFormatOf(path: string, option: string): PosterFormat {
  const format = EXTENSIONS.get(extname(path).toLowerCase());
  if (format) return format;
  throw new DepthmeshError(
    "PARAMETER_UNKNOWN",
    `${option} writes PNG, JPEG or WebP, but ${path} ends in none of ${POSTER_EXTENSIONS}`,
    { metadata: { known: POSTER_EXTENSIONS } },
  );
}

/** The format of a poster's file. Throws as pictureFormatOf. */
export function posterFormatOf(path: string): PosterFormat {
  return pictureFormatOf(path, "--poster");
}

/**
 * The outputs without the one that is a still picture, which is the poster: `-o cover.jpg`. A
 * `.webp` is an animation there. Throws PARAMETER_CONFLICT for a second poster.
 */
export function withoutPoster(
  output: readonly string[],
  poster: string | undefined,
): { readonly output: readonly string[]; readonly poster: string | undefined } {
  const stills = output.filter(
    (path) => containerOfFile(path) === undefined && EXTENSIONS.has(extname(path).toLowerCase()),
  );
  const [still, ...more] = stills;
  if (still === undefined) return { output, poster };
  if (poster !== undefined || more.length > 0) {
    const message = `a job makes one poster; ${more[0] ?? still} would be a second one`;
    throw new DepthmeshError("PARAMETER_CONFLICT", message, { metadata: { field: "artifacts" } });
  }
  return { output: output.filter((path) => path !== still), poster: still };
}

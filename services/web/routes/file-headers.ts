/** How a browser may use a file that a job has made. */
import { fileNameParameters } from "./file-name.js";
import { flag, word } from "./query.js";

const MEDIA_TYPE = /^[a-z]+\/[a-z0-9.+-]+$/;
/** What a browser shows without running anything in it; the rest is saved. */
const SHOWN = /^(?:image\/(?!svg)|video\/|audio\/)/;

/**
 * `file` is the last segment of the artifact's name. A file is never taken for a page of this
 * server: its type is not guessed, and whatever runs in it has no origin.
 */
export function fileHeaders(
  file: string,
  mediaType: string,
  query: unknown,
): Record<string, string> {
  const type = MEDIA_TYPE.test(mediaType) ? mediaType : "application/octet-stream";
  const isShown = SHOWN.test(type) && !flag(query, "download");
  const name = fileNameParameters(file, word(query, "download"));
  return {
    "content-type": type,
    "content-disposition": `${isShown ? "inline" : "attachment"}; ${name}`,
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "x-content-type-options": "nosniff",
    // Another attempt of a job replaces a file that it has made before; the tag tells.
    "cache-control": "private, no-cache",
  };
}

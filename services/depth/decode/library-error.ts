/** An error of a decoding library other than libvips, which has codes. */

/** `message` has the library's own words; damage.ts gives it a reason by `code`. */
export class LibraryError extends Error {
  override readonly name = "LibraryError";
  /** As the library writes it: "2.100" is libheif's error 2 with the detail 100. */
  readonly code: string;

  constructor(library: string, code: string, words: string) {
    super(`${library}: ${words} (code ${code})`);
    this.code = code;
  }
}

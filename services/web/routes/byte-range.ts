/** Ranges of bytes and entity tags, as RFC 9110 defines them, for files whose hash is known. */

export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

const RANGE = /^bytes=(?:(\d{1,16})-(\d{0,16})|-(\d{1,16}))$/i;

/**
 * The range that a header asks for of a file of `sizeBytes`. Undefined: all of it, because the
 * header is absent, asks for several ranges or is none, which a server may ignore.
 */
export function rangeOf(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | "unsatisfiable" | undefined {
  const [whole, first, last, suffix] = RANGE.exec(header?.trim() ?? "") ?? [];
  if (whole === undefined) return undefined;
  const end = sizeBytes - 1;
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), sizeBytes);
    return length === 0 ? "unsatisfiable" : { first: sizeBytes - length, last: end };
  }
  const from = Number(first);
  const to = last === "" ? end : Number(last);
  // A range that ends before it begins is no range, and is ignored like other mistakes.
  if (last !== "" && to < from) return undefined;
  return from > end ? "unsatisfiable" : { first: from, last: Math.min(to, end) };
}

/** The strong tag of the file with this SHA-256. */
export function entityTag(sha256: string): string {
  return `"${sha256}"`;
}

/** Whether If-None-Match names the file that the caller has: then it need not be sent. */
export function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((each) => each.trim().replace(/^W\//, ""));
  return tags.includes(tag) || tags.includes("*");
}

/** Whether a range may be sent: If-Range, if there is one, must be the file's strong tag. */
export function mayBeRange(ifRange: string | undefined, tag: string): boolean {
  return ifRange === undefined || ifRange.trim() === tag;
}

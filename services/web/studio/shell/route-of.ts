/** Reads the part of the studio's address after `#`. */

export type Page = "photo" | "jobs" | "mesh" | "errors";

export interface Route {
  readonly page: Page;
  /** The rest of the address, such as the id of a job. */
  readonly rest: readonly string[];
}

/** The route of an address such as `#/jobs/01j…`; an unknown or broken one leads to the photo. */
export function routeOf(hash: string): Route {
  const [page, ...rest] = hash.replace(/^#\/?/, "").split("/").map(decoded);
  const isKnown = page === "jobs" || page === "mesh" || page === "errors";
  return isKnown ? { page, rest } : { page: "photo", rest: [] };
}

/** A text with a broken escape stands for itself: an address that somebody typed ends no page. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Which page is shown: the part of the address after `#`. */
import { signal } from "@preact/signals";

export type Page = "photo" | "jobs" | "mesh" | "errors";

export interface Route {
  readonly page: Page;
  /** The rest of the address, such as the id of a job. */
  readonly rest: readonly string[];
}

/** The route of an address such as `#/jobs/01j…`; an unknown one leads to the photo. */
export function routeOf(hash: string): Route {
  const [page, ...rest] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  const isKnown = page === "jobs" || page === "mesh" || page === "errors";
  return isKnown ? { page, rest } : { page: "photo", rest: [] };
}

export const route = signal<Route>(routeOf(location.hash));

addEventListener("hashchange", () => {
  route.value = routeOf(location.hash);
});

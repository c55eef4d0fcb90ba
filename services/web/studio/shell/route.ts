/** Which page is shown: the part of the address after `#`. */
import { signal } from "@preact/signals";
import { type Route, routeOf } from "./route-of.js";

export const route = signal<Route>(routeOf(location.hash));

addEventListener("hashchange", () => {
  route.value = routeOf(location.hash);
  // Another page begins at its top, for the eyes and for the keyboard.
  scrollTo(0, 0);
  document.getElementById("main")?.focus({ preventScroll: true });
});

/** What the stage shows of the scene. */
import { signal } from "@preact/signals";

export type View = "live" | "photo" | "depth" | "compare";

export const view = signal<View>("live");

/** Where in the clip the picture is, 0 to 1. */
export const moment = signal(0.5);
export const isPlaying = signal(false);

/** Plays the clip from where it is, and shows it. */
export function playClip(): void {
  view.value = "live";
  isPlaying.value = true;
}

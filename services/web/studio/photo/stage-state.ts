/** What the stage shows of the scene. */
import { signal } from "@preact/signals";
import type { LiveFacts } from "../scene/scene-messages.js";

export type View = "live" | "photo" | "depth" | "compare";

/**
 * Who moves the camera: the pointer, the clip as it plays, or nobody, at one moment of the clip.
 */
export type Motion = "look" | "play" | "still";

export const view = signal<View>("live");
export const motion = signal<Motion>("look");

/** Where in the clip the picture is, 0 to 1. */
export const moment = signal(0);

/** Undefined until the browser draws the scene, and where it cannot. */
export const liveFacts = signal<LiveFacts | undefined>(undefined);
/** The upload whose scene is in sight; until it is, its photo is shown. */
export const drawnUpload = signal<string | undefined>(undefined);
/** What the scene cannot do with the specification; empty where all is well. */
export const liveProblem = signal("");

/** Plays the clip from where it is, and shows it. */
export function playClip(): void {
  view.value = "live";
  motion.value = "play";
}

export function togglePlay(): void {
  if (motion.peek() === "play" && view.peek() === "live") motion.value = "still";
  else playClip();
}

/** Stays at a moment of the clip. */
export function showMoment(tau: number): void {
  view.value = "live";
  moment.value = tau;
  motion.value = "still";
}

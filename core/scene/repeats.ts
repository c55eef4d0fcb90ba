/** Which frames of a path show what an earlier one showed. */
import type { CameraState } from "./camera.js";

/** States that differ less than this show the same picture. */
const EPSILON = 1e-6;

export interface FramePlan {
  /** Frame whose picture is shown: its own number where it is drawn, an earlier one where that was kept. */
  readonly source: readonly number[];
  /** By drawn frame that is shown again: the last frame that shows it. */
  readonly keepUntil: ReadonlyMap<number, number>;
}

/**
 * Plan a path: each state is drawn once and kept until it is shown for the last time, as long as at most `maxKept` are
 * kept at once; a state that finds no room is drawn again.
 */
export function planFrames(path: readonly CameraState[], maxKept: number): FramePlan {
  const keys = path.map(stateKey);
  const last = new Map(keys.map((key, frame) => [key, frame]));
  const kept = new Map<string, number>();
  const keepUntil = new Map<number, number>();
  const source = keys.map((key, frame) => {
    const earlier = kept.get(key);
    const until = last.get(key) ?? frame;
    if (until === frame) kept.delete(key);
    if (earlier !== undefined) return earlier;
    if (until > frame && kept.size < maxKept) {
      kept.set(key, frame);
      keepUntil.set(frame, until);
    }
    return frame;
  });
  return { source, keepUntil };
}

function stateKey(state: CameraState): string {
  const { height, steady, focus, zoom, isometric, dolly, offset, center, origin, sticky } = state;
  const numbers = [
    [height, steady, focus, zoom, isometric, dolly],
    [offset.x, offset.y, center.x, center.y, origin.x, origin.y],
  ].flat();
  return `${sticky} ${numbers.map((value) => Math.round(value / EPSILON)).join(" ")}`;
}

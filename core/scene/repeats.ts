/**
 * Finds the frames of a path that show the same picture as an earlier frame, so that it is drawn
 * once.
 */
import type { FrameState } from "./frame-state.js";

/** States that differ by less than this show the same picture. */
const EPSILON = 1e-6;

export interface FramePlan {
  /**
   * Frame whose picture is shown: the frame itself if it is drawn, or an earlier one whose picture
   * was kept.
   */
  readonly source: readonly number[];
  /** For each drawn frame that is shown again, the last frame that shows it. */
  readonly keepUntil: ReadonlyMap<number, number>;
}

/**
 * Plans a path. Each state is drawn once and kept until it is shown for the last time, with at most
 * `maxKept` pictures kept at a time; a state that is not kept is drawn again. Grain differs in
 * every frame, so every frame with grain is drawn.
 */
export function planFrames(path: readonly FrameState[], maxKept: number): FramePlan {
  const keys = path.map((state, frame) =>
    state.effects.grain > 0 ? `frame ${frame}` : stateKey(state),
  );
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

/** All values of a state. It covers every field, so a field that is added later is included. */
function stateKey(state: FrameState): string {
  return JSON.stringify(state, (_, value: unknown) =>
    typeof value === "number" ? Math.round(value / EPSILON) : value,
  );
}

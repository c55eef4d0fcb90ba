/** Which frames of a path show what an earlier one showed. */
import type { FrameState } from "./frame-state.js";

/** States that differ less than this show the same picture. */
const EPSILON = 1e-6;

export interface FramePlan {
  /**
   * Frame whose picture is shown: its own number where it is drawn, an earlier one where that was
   * kept.
   */
  readonly source: readonly number[];
  /** By drawn frame that is shown again: the last frame that shows it. */
  readonly keepUntil: ReadonlyMap<number, number>;
}

/**
 * Plan a path: each state is drawn once and kept until it is shown for the last time, as long as at
 * most `maxKept` are kept at once; a state that finds no room is drawn again. Grain is other in
 * every frame, so a frame with it is drawn.
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

/**
 * All that a state says, whatever fields it has: a field that is added later is not forgotten here.
 */
function stateKey(state: FrameState): string {
  return JSON.stringify(state, (_, value: unknown) =>
    typeof value === "number" ? Math.round(value / EPSILON) : value,
  );
}

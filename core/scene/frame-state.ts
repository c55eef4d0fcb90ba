/**
 * The state that one frame of a clip is drawn from, besides the scene itself. Single values of it
 * are read and replaced by their path in a job's specification, such as `effects.vignette.decay`.
 */
import { keysOf } from "../spec/parameters/row.js";
import type { CameraState } from "./camera.js";
import { type EffectState, NO_EFFECTS } from "./effects.js";

export interface FrameState {
  readonly camera: CameraState;
  readonly effects: EffectState;
}

/** A camera path without effects. */
export function withoutEffects(path: readonly CameraState[]): FrameState[] {
  return path.map((camera) => ({ camera, effects: NO_EFFECTS }));
}

export type StateValue = number | boolean;
/** By path. */
export type StateValues = Readonly<Record<string, StateValue>>;

/** The value at a path. Throws if the state has none there. */
export function readState(state: FrameState, path: string): StateValue {
  let node: unknown = state;
  for (const key of keysOf(path)) node = property(node, key, path);
  if (typeof node === "number" || typeof node === "boolean") return node;
  throw new Error(`a frame's state has no value at ${path}`);
}

/** The state with another value at a path. Throws if the state has none there. */
export function withState(state: FrameState, path: string, value: StateValue): FrameState {
  return replaced(state, keysOf(path), value, path);
}

function replaced<T>(node: T, keys: readonly string[], value: StateValue, path: string): T {
  const [key, ...rest] = keys;
  if (key === undefined) return value as T;
  return { ...node, [key]: replaced(property(node, key, path), rest, value, path) };
}

function property(node: unknown, key: string, path: string): unknown {
  if (typeof node === "object" && node !== null && Object.hasOwn(node, key)) {
    return (node as Record<string, unknown>)[key];
  }
  throw new Error(`a frame's state has no value at ${path}`);
}

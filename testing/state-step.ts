/** Measures how much two states of a clip differ. */
import assert from "node:assert/strict";

/** All numbers in a state, in a fixed order. */
export function numbersOf(state: unknown): number[] {
  if (typeof state === "number") return [state];
  if (typeof state !== "object" || state === null) return [];
  return Object.keys(state)
    .sort()
    .flatMap((key) => numbersOf((state as Record<string, unknown>)[key]));
}

/** The largest difference of any number between two states. */
export function stateStep(a: unknown, b: unknown): number {
  const [from, to] = [numbersOf(a), numbersOf(b)];
  assert.ok(from.length > 0 && from.length === to.length);
  return Math.max(...from.map((value, i) => Math.abs(value - (to[i] ?? Number.NaN))));
}

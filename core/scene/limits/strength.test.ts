/** The search for the greatest strength within limits, on figures that are given. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { strengthWithin } from "./strength.js";
import type { Figures } from "./view-figures.js";

const LIMITS: Figures = { hiddenAreaPercent: 3, stretchP99: 1.5 };

/** Counts how often figures are computed. */
function counted(of: (strength: number) => Figures) {
  const calls: number[] = [];
  const figuresAt = (strength: number) => {
    calls.push(strength);
    return of(strength);
  };
  return { calls, figuresAt };
}

test("a movement within the limits keeps its strength", () => {
  const { calls, figuresAt } = counted(() => ({ hiddenAreaPercent: 3, stretchP99: 1.5 }));
  const { strength, figures } = strengthWithin(LIMITS, figuresAt);
  assert.equal(strength, 1);
  assert.deepEqual(figures, LIMITS);
  assert.deepEqual(calls, [1]);
});

test("the figure that is reached first decides, to within two per cent", () => {
  for (const [hidden, stretch, power] of [
    [30, 1.2, 1],
    [3.1, 1.1, 1],
    [1, 4, 1],
    [12, 2.5, 2],
    [6, 1, 0.5],
    [40, 1, 4],
  ] as const) {
    const { calls, figuresAt } = counted((s) => ({
      hiddenAreaPercent: hidden * s ** power,
      stretchP99: 1 + (stretch - 1) * s ** power,
    }));
    const { strength, figures, full } = strengthWithin(LIMITS, figuresAt);
    const reached = Math.max(
      figures.hiddenAreaPercent / LIMITS.hiddenAreaPercent,
      (figures.stretchP99 - 1) / (LIMITS.stretchP99 - 1),
    );
    assert.ok(reached <= 1 && reached >= 0.98, `${hidden} ${stretch}: ${reached}`);
    assert.deepEqual(full, figuresAt(1));
    assert.deepEqual(figures, figuresAt(strength));
    assert.ok(calls.length <= 14, `${calls.length} figures`);
  }
});

test("figures that do not grow steadily end within the limits all the same", () => {
  const jumps = (s: number) => ({
    hiddenAreaPercent: s > 0.37 ? 5 : 0,
    stretchP99: s > 0.5 ? 1 : 1 + s,
  });
  const { strength, figures } = strengthWithin(LIMITS, jumps);
  assert.ok(strength > 0.36 && strength <= 0.37, `${strength}`);
  assert.equal(figures.hiddenAreaPercent, 0);
});

test("limits of nothing leave nothing, and a movement without figures is whole", () => {
  const nothing: Figures = { hiddenAreaPercent: 0, stretchP99: 1 };
  const line = (s: number) => ({ hiddenAreaPercent: s, stretchP99: 1 + s });
  assert.equal(strengthWithin(nothing, line).strength, 0);
  assert.equal(strengthWithin(nothing, () => nothing).strength, 1);
});

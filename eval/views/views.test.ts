/** The whole evaluation, small: real renderer, table and aims. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluateViews } from "./views.js";
import { viewsLines, viewsTable } from "./views-table.js";

test("every way of a scene and path is scored, and the table and the aims say so", async () => {
  const size = { width: 192, height: 108 };
  const drawn: string[] = [];
  const scores = await evaluateViews(
    {
      ...{ size, seed: 1, scenes: ["people"], presets: ["horizontal", "dolly"] },
      ...{ maps: ["exact"], ways: ["march", "fast", "fine"] },
    },
    ({ preset, way, pictures }) => {
      drawn.push(`${preset} ${way} ${pictures.length}`);
    },
  );
  assert.deepEqual(drawn, [
    ...["horizontal march 3", "horizontal fast 3", "horizontal fine 3"],
    ...["dolly march 2", "dolly fast 2", "dolly fine 2"],
  ]);
  for (const { decibels, flicker, preset, way } of scores) {
    const { whole, band, hidden, rest } = decibels;
    // The parts are ordered by how hard they are, and a wrong scene would be near 10 dB.
    assert.ok(rest > whole && whole > band && band > hidden, `${preset} ${way}`);
    assert.ok(whole > 16 && rest > 22, `${preset} ${way}: ${whole}, ${rest}`);
    assert.equal(flicker !== undefined, preset === "horizontal");
  }
  assert.match(viewsTable(scores), /^fine +\d\d\.\d +\d\d\.\d +\d\d\.\d +\d\d\.\d /m);
  const lines = [...viewsLines(scores)];
  const aims = lines.flatMap((line) => ("aim" in line ? line.aim : []));
  assert.ok(aims.includes("fine over the march, exact map, band"));
  assert.ok(aims.includes("fast behind fine, exact map, whole"));
});

/**
 * docs/scale.md says what a rerun says. What takes longer than a second or two is left out: the
 * scenario of a thousand workers, the days, and the charts of many runs.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { packagePath } from "../../kit/process/package-path.js";
import { readMeasured } from "../../simulate/mesh/measured.js";
import { markdownTable } from "../../simulate/report/format.js";
import { resultRow } from "../../simulate/report/result-table.js";
import {
  comparedTable,
  laneTable,
  measuredTable,
  saturationTable,
  speedUpTable,
} from "../../simulate/report/sections.js";
import { runScenario } from "../../simulate/scenarios/run-scenario.js";
import { SCENARIOS } from "../../simulate/scenarios/table.js";
import { MEASURED_PATH } from "./measured-path.js";
import { readCompared } from "./pages.js";

const CHEAP = ["one-host", "lanes", "burst"];

const page = readFileSync(packagePath("docs", "scale.md"), "utf8");
const measured = readMeasured(MEASURED_PATH);
const advice = "run npm run simulate -- --docs";

test("the tables of docs/scale.md are those of a rerun", () => {
  for (const expected of [
    measuredTable(measured),
    speedUpTable(measured),
    saturationTable(measured),
    comparedTable(readCompared()),
  ])
    assert.ok(page.includes(expected), `${advice}; a rerun says:\n${expected}`);
});

test("the scenarios of docs/scale.md have the results of a rerun", () => {
  for (const scenario of SCENARIOS) {
    assert.ok(page.includes(`- \`${scenario.name}\`: ${scenario.question}\n`), advice);
    if (!CHEAP.includes(scenario.name)) continue;
    const result = runScenario(scenario, { measured });
    const row =
      markdownTable([], [resultRow(result)])
        .split("\n")
        .at(-1) ?? "";
    assert.ok(page.includes(row), `${advice}; a rerun says:\n${row}`);
    if (scenario.name === "lanes") assert.ok(page.includes(laneTable(result)), advice);
  }
});

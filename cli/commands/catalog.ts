/** `depthmesh presets` and `depthmesh parameters`: what a job can be told. */
import type { Command } from "commander";
import {
  DEFAULT_PRESET,
  PRESET_NAMES,
  PRESETS,
  type PresetName,
} from "../../core/scene/presets.js";
import { type ParameterRow, rangeText } from "../../core/spec/parameters/row.js";
import { PARAMETERS } from "../../core/spec/parameters.js";
import { JSON_HELP, print, printJson } from "../print.js";
import { tableLines } from "../table.js";

interface JsonOption {
  readonly json?: boolean;
}

export function addCatalog(program: Command): void {
  program
    .command("presets")
    .description("list the camera presets")
    .option("--json", JSON_HELP)
    .action(({ json }: JsonOption) => (json ? printJson(presetsJson()) : showPresets()));
  program
    .command("parameters")
    .description("list every parameter of a job, with range and default")
    .option("--json", JSON_HELP)
    .action(({ json }: JsonOption) => {
      const rows = Object.values<ParameterRow>(PARAMETERS);
      if (json) printJson(rows);
      else for (const line of tableLines(PARAMETER_COLUMNS, rows)) print(line);
    });
}

const PRESET_COLUMNS = [
  {
    title: "PRESET",
    cell: (name: PresetName) => (name === DEFAULT_PRESET ? `${name} (default)` : name),
  },
  { title: "CLOSES", cell: (name: PresetName) => (PRESETS[name].oneWay ? "one way" : "loop") },
  { title: "WHAT THE CAMERA DOES", cell: (name: PresetName) => PRESETS[name].summary },
];

const PARAMETER_COLUMNS = [
  { title: "PARAMETER", cell: ({ name }: ParameterRow) => name },
  { title: "VALUES", cell: rangeText },
  { title: "DEFAULT", cell: ({ defaultValue }: ParameterRow) => String(defaultValue ?? "-") },
  { title: "MEANING", cell: ({ meaning }: ParameterRow) => meaning },
];

function showPresets(): void {
  for (const line of tableLines(PRESET_COLUMNS, PRESET_NAMES)) print(line);
}

function presetsJson() {
  return PRESET_NAMES.map((name) => ({
    name,
    summary: PRESETS[name].summary,
    isDefault: name === DEFAULT_PRESET,
    oneWay: PRESETS[name].oneWay,
  }));
}

/** Writes the tables of docs/ from the code; with `--check` it only says which differ. */
import { readFileSync, writeFileSync } from "node:fs";
import { PARAMETERS } from "../core/job/parameters.js";
import { DEFAULT_PRESET, PRESET_NAMES, PRESETS } from "../core/scene/presets.js";
import { COMMON_SETTINGS, type Setting } from "../kit/config.js";
import { GrpcCode, REASONS } from "../kit/errors.js";
import { MODEL_PULL_SETTINGS } from "../kit/models/settings.js";
import { packagePath } from "../kit/paths.js";
import { DEPTH_SETTINGS } from "../services/depth/config.js";
import { ENCODE_SETTINGS } from "../services/encode/config.js";
import { GATEWAY_SETTINGS } from "../services/gateway/config.js";
import { RENDER_SETTINGS } from "../services/render/config.js";

const NOTICE = "<!-- Made from the code by `npm run docs`; a test compares them. -->";

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function parameters(): string {
  const rows = Object.values(PARAMETERS).map((row) => [
    `\`${row.name}\``,
    `${row.minimum} to ${row.maximum}${row.step > 1 ? `, multiples of ${row.step}` : ""}`,
    row.unit,
    row.defaultValue === undefined ? "" : String(row.defaultValue),
    row.meaning,
  ]);
  const presets = PRESET_NAMES.map((name) => [
    `\`${name}\`${name === DEFAULT_PRESET ? " (default)" : ""}`,
    PRESETS[name].summary,
  ]);
  return [
    "# Parameters of a job",
    NOTICE,
    "A value outside its range is refused with PARAMETER_OUT_OF_RANGE, the range and the value.",
    table(["field", "range", "unit", "default", "meaning"], rows),
    "## Camera presets",
    table(["preset", "what the camera does"], presets),
  ].join("\n\n");
}

function errors(): string {
  const advice = {
    no: "no",
    "after-delay": "after the delay in RetryInfo",
    inside: "retried inside first",
  };
  const rows = Object.entries(REASONS).map(([reason, { code, retry, meaning }]) => [
    `\`${reason}\``,
    `${code} (${GrpcCode[code]})`,
    advice[retry],
    meaning,
  ]);
  return [
    "# Errors",
    NOTICE,
    "Every error is a gRPC status with a `google.rpc.Status` in `grpc-status-details-bin`. Its `ErrorInfo` has one of these" +
      " reasons, the domain `depthmesh`, and metadata with limits and actual values, units in the keys. A wrong field comes" +
      " with a `BadRequest`, a wait with a `RetryInfo`.",
    table(["reason", "gRPC code", "retry", "meaning"], rows),
  ].join("\n\n");
}

function settings(): string {
  const own = (all: Readonly<Record<string, Setting<unknown>>>) =>
    Object.entries(all).filter(([key]) => !isCommon(key, all));
  const isCommon = (key: string, all: Readonly<Record<string, Setting<unknown>>>) =>
    (COMMON_SETTINGS as Readonly<Record<string, Setting<unknown>>>)[key] === all[key];
  const section = (title: string, entries: readonly [string, Setting<unknown>][]) => [
    `## ${title}`,
    table(
      ["variable", "meaning"],
      entries.map(([, { variable, meaning }]) => [`\`${variable}\``, meaning]),
    ),
  ];
  return [
    "# Settings",
    NOTICE,
    "Environment variables, checked when a service starts; a wrong one ends it with its name, value and meaning." +
      " `depthmesh up` sets addresses and folders itself and passes the rest on.",
    ...section("Every service", Object.entries(COMMON_SETTINGS)),
    ...section("Gateway", own(GATEWAY_SETTINGS)),
    ...section("Depth", own(DEPTH_SETTINGS)),
    ...section("Render", own(RENDER_SETTINGS)),
    ...section("Encode", own(ENCODE_SETTINGS)),
    ...section("`depthmesh models`", Object.entries(MODEL_PULL_SETTINGS)),
  ].join("\n\n");
}

const PAGES = { "parameters.md": parameters, "errors.md": errors, "settings.md": settings };

let different = 0;
for (const [file, make] of Object.entries(PAGES)) {
  const path = packagePath("docs", file);
  const text = `${make()}\n`;
  if (!process.argv.includes("--check")) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) {
    different += 1;
    process.stdout.write(`docs/${file} differs from the code: npm run docs\n`);
  }
}
process.exitCode = different;

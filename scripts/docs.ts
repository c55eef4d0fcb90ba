/**
 * Generates the pages of docs/ that are tables of the code. With `--check` it only reports which
 * pages differ.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { status as grpcStatus } from "@grpc/grpc-js";
import { CONNECTION_SETTINGS } from "../cli/connection-settings.js";
import { callerShould } from "../core/error-advice.js";
import { REASONS, type Reason } from "../core/error-reasons.js";
import { DEFAULT_PRESET, PRESET_NAMES, PRESETS } from "../core/scene/presets.js";
import { NOTES } from "../core/spec/note.js";
import { CAMERA_PARAMETERS, PATH_PARAMETERS } from "../core/spec/parameters/camera.js";
import {
  CLIP_PARAMETERS,
  REUSE_PARAMETERS,
  STILL_PARAMETERS,
} from "../core/spec/parameters/clip.js";
import { DEPTH_MAP_PARAMETERS, DEPTH_PARAMETERS } from "../core/spec/parameters/depth.js";
import { EFFECT_PARAMETERS } from "../core/spec/parameters/effects.js";
import { OUTPUT_PARAMETERS } from "../core/spec/parameters/outputs.js";
import { type ParameterRow, rangeText } from "../core/spec/parameters/row.js";
import { STEREO_PARAMETERS } from "../core/spec/parameters/stereo.js";
import { STRUCTURED_PARAMETERS } from "../core/spec/parameters/structured.js";
import { MOTION_LIMITS } from "../core/spec/resolve-motions.js";
import { COMMON_SETTINGS, type Setting } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { TELEMETRY_SETTINGS } from "../kit/telemetry/settings.js";
import { MODEL_PULL_SETTINGS } from "../models/registry.js";
import { DASHBOARDS, fileOf } from "../monitoring/dashboards/dashboards.js";
import { dashboardText } from "../monitoring/dashboards/grafana.js";
import { rulesText, ruleTestsText } from "../monitoring/rule-files.js";
import { runbookList } from "../monitoring/runbook-list.js";
import { WORKER_SETTINGS } from "../pipeline/settings.js";
import { DEPTH_SETTINGS } from "../services/depth/config.js";
import { ENCODE_SETTINGS } from "../services/encode/config.js";
import { GATEWAY_SETTINGS } from "../services/gateway/config.js";
import { RENDER_SETTINGS } from "../services/render/config.js";
import { WEB_SETTINGS } from "../services/web/config.js";
import { apiPage } from "./docs-api.js";
import { commandsPage } from "./docs-commands.js";
import { httpApiPage, openApiText } from "./docs-http-api.js";
import { noticesPage } from "./docs-licences.js";
import { metricsPage } from "./docs-metrics.js";
import { outputsPage } from "./docs-outputs.js";
import { photosPage } from "./docs-photos.js";
import { NOTICE, table } from "./docs-table.js";

function parameters(): string {
  const section = (title: string, words: string, rows: Readonly<Record<string, ParameterRow>>) => [
    `## ${title}`,
    words,
    table(
      ["field", "values", "default", "moves", "meaning"],
      Object.values(rows).map(parameterLine),
    ),
  ];
  const presets = PRESET_NAMES.map((name) => [
    `\`${name}\`${name === DEFAULT_PRESET ? " (default)" : ""}`,
    PRESETS[name].oneWay ? "one way" : "loop",
    PRESETS[name].summary,
  ]);
  const { motions, components, keyframes, allComponents, allKeyframes, allValues } = MOTION_LIMITS;
  return [
    "# Parameters of a job",
    NOTICE,
    "A name is the path of the field in a `JobSpec`; on the command line it is `--set name=value`, and `ListPresets` gives the" +
      " same table. A value outside its range is refused with PARAMETER_OUT_OF_RANGE, which states the range and the value." +
      ' A motion can change every parameter that is marked in the column "moves" ([camera.md](camera.md)).',
    ...section(
      "Camera",
      "An absent parameter has the value of the preset; if the preset does not set it, the default.",
      CAMERA_PARAMETERS,
    ),
    ...section(
      "Camera path",
      "How the clip runs through the preset and the motions.",
      PATH_PARAMETERS,
    ),
    ...section("Effects", "An effect is off unless its parameter is set.", EFFECT_PARAMETERS),
    ...section("Clip", "Length, size and drawing quality.", CLIP_PARAMETERS),
    ...section(
      "Stereo",
      "A view for each eye, both in one frame ([stereo.md](stereo.md)).",
      STEREO_PARAMETERS,
    ),
    ...section(
      "Depth",
      "How the depth map is made from the estimate, or from your own depth map.",
      DEPTH_PARAMETERS,
    ),
    ...section(
      "Own depth map",
      "`depth.map` announces a depth map that you send after the photo ([depth.md](depth.md)). On the command line, use `--depth-map` and `--polarity`.",
      DEPTH_MAP_PARAMETERS,
    ),
    ...section(
      "Stills",
      "`poster.png` and `strip.png` are made if `artifacts` lists them.",
      STILL_PARAMETERS,
    ),
    ...section(
      "Reuse",
      "Jobs of the same tenant reuse earlier results ([life-of-a-job.md](life-of-a-job.md#the-same-again)). On the command" +
        " line, `--no-cache` forbids it.",
      REUSE_PARAMETERS,
    ),
    ...section(
      "Outputs",
      "Each output has its own. [outputs.md](outputs.md) lists what each container and codec takes. On the command line, an" +
        " option applies to every output that takes it.",
      OUTPUT_PARAMETERS,
    ),
    ...section(
      "In messages and lists",
      `A job has at most ${motions} motions; each has 1 to ${components} components, or 1 to ${keyframes} keyframes, or one value` +
        ` per frame. All motions together have at most ${allComponents} components, ${allKeyframes} keyframes and ${allValues} values.`,
      STRUCTURED_PARAMETERS,
    ),
    "## Camera presets",
    table(["preset", "closes", "what the camera does"], presets),
  ].join("\n\n");
}

function parameterLine(row: ParameterRow): string[] {
  return [
    `\`${row.name}\``,
    rangeText(row),
    row.defaultValue === undefined ? "" : String(row.defaultValue),
    row.kind === "number" && row.animatable ? "yes" : "",
    row.meaning,
  ];
}

function errors(): string {
  const rows = Object.entries(REASONS).map(([reason, { code, meaning }]) => [
    `\`${reason}\``,
    `${code} (${grpcStatus[code]})`,
    meaning,
    callerShould(reason as Reason),
  ]);
  return [
    "# Errors",
    NOTICE,
    "Every error is a gRPC status with a `google.rpc.Status` in `grpc-status-details-bin`. Its `ErrorInfo` has one of these" +
      " reasons, the domain `depthmesh`, and metadata with limits and actual values, with units in the keys. An error about" +
      " fields also has a `BadRequest` with each field that is wrong, at most 32; reason and metadata are those of the first. An error that a later call can solve has a `RetryInfo` with a delay that differs from" +
      " call to call. The message has at most 1 KiB, each value of the metadata 512 bytes, all trailers 6 KiB; what is cut" +
      " ends with `…`.",
    "A few ends of a call come from gRPC and not from a handler; they have a reason too: a deadline that passes" +
      " (`JOB_DEADLINE_EXCEEDED`), a message, chunk or metadata above its limit (`PARAMETER_OUT_OF_RANGE`), a method that the" +
      " server lacks (`METHOD_UNKNOWN`), frames that cannot be read (`PARAMETER_UNKNOWN`). Metadata above 128 KiB ends the" +
      " call without a reason, and one value above 64 KiB its connection. What a client's own library ends has no reason" +
      " either: a deadline by its clock, a server that it cannot reach.",
    table(["reason", "gRPC code", "meaning", "the caller should"], rows),
    "## Notes",
    "A note says what differs from the request in a result that was still made. Notes are in `Job.notes`, and in the first" +
      " message of `RenderStill` and of `EstimateDepth`. Each note has one of these codes, and metadata like an error.",
    table(
      ["code", "meaning"],
      Object.entries(NOTES).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
  ].join("\n\n");
}

function settings(): string {
  const shared: ReadonlySet<unknown> = new Set(
    [COMMON_SETTINGS, WORKER_SETTINGS].flatMap(Object.values),
  );
  const own = (all: Readonly<Record<string, Setting<unknown>>>) =>
    Object.entries(all).filter(([, setting]) => !shared.has(setting));
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
    "Settings are environment variables. A service checks them when it starts; if one is wrong, it exits with an error that" +
      " states the name, the value and the meaning. `depthmesh up` sets addresses and folders itself and passes on the rest.",
    ...section("Every service", Object.entries(COMMON_SETTINGS)),
    ...section(
      "Traces, metrics and logs of every service",
      Object.entries<Setting<unknown>>(TELEMETRY_SETTINGS),
    ),
    ...section("Every worker; the lease also for the gateway", Object.entries(WORKER_SETTINGS)),
    ...section("Gateway", own(GATEWAY_SETTINGS)),
    ...section("Depth", own(DEPTH_SETTINGS)),
    ...section("Render", own(RENDER_SETTINGS)),
    ...section("Encode", own(ENCODE_SETTINGS)),
    ...section("Web", Object.entries(WEB_SETTINGS)),
    ...section("`depthmesh models`", Object.entries(MODEL_PULL_SETTINGS)),
    ...section("Commands that talk to a gateway", Object.entries(CONNECTION_SETTINGS)),
  ].join("\n\n");
}

/** A module, because `kit` cannot import the services, whose settings these are. */
function knownVariables(): string {
  const tables = [
    ...[COMMON_SETTINGS, WORKER_SETTINGS, GATEWAY_SETTINGS, DEPTH_SETTINGS, RENDER_SETTINGS],
    ...[
      ENCODE_SETTINGS,
      WEB_SETTINGS,
      TELEMETRY_SETTINGS,
      MODEL_PULL_SETTINGS,
      CONNECTION_SETTINGS,
    ],
  ];
  const names = tables
    .flatMap((settings) => Object.values<Setting<unknown>>(settings))
    .flatMap(({ variable, formerVariable }) => [
      variable,
      ...(formerVariable ? [formerVariable] : []),
    ])
    .filter((name) => name.startsWith("DEPTHMESH_"));
  const lines = [...new Set(names)].sort().map((name) => `  "${name}",`);
  return [
    "/** Every DEPTHMESH_ variable that a process reads. `npm run docs` writes this file. */",
    ...["export const KNOWN_VARIABLES = [", ...lines, "] as const;"],
  ].join("\n");
}

const PAGES = {
  "docs/parameters.md": parameters,
  "docs/outputs.md": outputsPage,
  "docs/photos.md": photosPage,
  "docs/api.md": apiPage,
  "docs/http-api.md": httpApiPage,
  "docs/openapi.json": openApiText,
  "docs/commands.md": commandsPage,
  "docs/errors.md": errors,
  "docs/settings.md": settings,
  "docs/metrics.md": metricsPage,
  "docs/runbooks/README.md": () => runbookList(NOTICE, table),
  "deploy/prometheus/depthmesh.rules.yml": rulesText,
  "deploy/prometheus/depthmesh.test.yml": ruleTestsText,
  ...Object.fromEntries(DASHBOARDS.map((each) => [fileOf(each), () => dashboardText(each)])),
  "kit/known-variables.ts": knownVariables,
  "THIRD-PARTY-NOTICES.md": noticesPage,
};

let different = 0;
for (const [file, make] of Object.entries(PAGES)) {
  const path = packagePath(file);
  const text = `${make()}\n`;
  if (!process.argv.includes("--check")) writeFileSync(path, text);
  else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
    different += 1;
    process.stdout.write(`${file} differs from the code: npm run docs\n`);
  }
}
process.exitCode = different;

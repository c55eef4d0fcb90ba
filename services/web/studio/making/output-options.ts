/**
 * Outputs of a specification as options of the command, where a file's extension selects the
 * container, and a setting is for every output that takes it.
 */
import { CODEC_NAMES, type Codec } from "../../../../core/output/codecs.js";
import {
  CONTAINER_NAMES,
  type Container,
  containerRow,
} from "../../../../core/output/containers.js";
import { type OutputSetting, takesSetting } from "../../../../core/output/spec.js";
import { flagOf, OWN_OPTION_KEYS, OWN_OPTIONS } from "../../../../core/spec/own-options.js";
import { OUTPUT_PARAMETERS } from "../../../../core/spec/parameters/outputs.js";
import { keysOf, type ParameterRow } from "../../../../core/spec/parameters/row.js";
import type { OutputJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { wordOf } from "../spec/enum-names.js";
import type { Options } from "./motion-options.js";
import { asFile } from "./shell-words.js";

export interface Format {
  readonly container: Container;
  readonly codec: Codec;
}

const SETTINGS: readonly ParameterRow[] = Object.values(OUTPUT_PARAMETERS).filter(
  ({ name }) => name !== "outputs.container" && name !== "outputs.codec",
);

/** `hasFiles`: the command also names files that are no videos, and makes no video by itself. */
export function outputOptions(
  stem: string,
  outputs: readonly OutputJson[],
  hasFiles: boolean,
): Options {
  const formats = outputs.map(formatOf);
  const isUsual = outputs.length === 1 && formats[0]?.container === "mp4" && !hasFiles;
  const files = isUsual ? [] : fileNames(stem, formats).map((file) => ["-o", asFile(file)]);
  const codec = codecOption(formats);
  const settings = SETTINGS.map((row) => settingOption(row, outputs, formats));
  const all = [codec, ...settings];
  return {
    groups: [...files, ...all.flatMap(({ groups }) => groups)],
    missing: all.flatMap(({ missing }) => missing),
  };
}

/** The container and codec of an output, with their defaults. */
export function formatOf(output: OutputJson): Format {
  const codecWord = wordOf("outputs.codec", output.codec ?? "");
  const containerWord = wordOf("outputs.container", output.container ?? "");
  const codec = CODEC_NAMES.find((name) => name === codecWord);
  const named = CONTAINER_NAMES.find((name) => name === containerWord);
  const container = named ?? containerFor(codec);
  return { container, codec: codec ?? containerRow(container).codecs[0] };
}

/** The container that a codec gets where the request names none. */
function containerFor(codec: Codec | undefined): Container {
  const holds = (name: Container) => !codec || containerRow(name).codecs.includes(codec);
  return CONTAINER_NAMES.find(holds) ?? "mp4";
}

function fileNames(stem: string, formats: readonly Format[]): string[] {
  return formats.map(({ container }, index) => {
    const before = formats.slice(0, index).filter((other) => other.container === container).length;
    return `${stem}${before === 0 ? "" : `-${before + 1}`}${containerRow(container).extension}`;
  });
}

const NOTHING: Options = { groups: [], missing: [] };

/** One codec for all files that can hold it. */
function codecOption(formats: readonly Format[]): Options {
  const chosen = new Set(
    formats.flatMap(({ container, codec }) =>
      codec === containerRow(container).codecs[0] ? [] : [codec],
    ),
  );
  const [codec, ...more] = chosen;
  if (codec === undefined) return NOTHING;
  const isSaid = formats.every(
    (format) => !containerRow(format.container).codecs.includes(codec) || format.codec === codec,
  );
  return isSaid && more.length === 0
    ? { groups: [["--codec", codec]], missing: [] }
    : { groups: [], missing: ["outputs.codec"] };
}

/** One value for all files that take the setting. */
function settingOption(
  row: ParameterRow,
  outputs: readonly OutputJson[],
  formats: readonly Format[],
): Options {
  const key = (keysOf(row.name).at(-1) ?? "") as OutputSetting;
  const values = outputs.map((output) => textOf(row, output[key]));
  const given = new Set(values.filter((value) => value !== undefined));
  const [value, ...more] = given;
  if (value === undefined) return NOTHING;
  const isSaid = formats.every(
    (format, index) => takesSetting(key, format) === (values[index] !== undefined),
  );
  if (!isSaid || more.length > 0) return { groups: [], missing: [row.name] };
  const own = OWN_OPTION_KEYS.find((option) => OWN_OPTIONS[option] === row.name);
  return {
    groups: [own ? [flagOf(own), value] : ["--set", `${row.name}=${value}`]],
    missing: [],
  };
}

/** The value as the command reads it; undefined where it is not set. */
function textOf(row: ParameterRow, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return row.kind === "choice" ? wordOf(row.name, String(value)) : String(value);
}

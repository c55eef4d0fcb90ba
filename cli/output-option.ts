/**
 * The outputs of a job from the command line: the file extension selects the container, and a
 * setting applies to every output that takes it.
 */
import { extname } from "node:path";
import { DepthmeshError } from "../core/errors.js";
import type { Codec } from "../core/output/codecs.js";
import {
  CONTAINER_NAMES,
  type Container,
  containerOfFile,
  containerRow,
} from "../core/output/containers.js";
import { type OutputSetting, takesSetting } from "../core/output/spec.js";
import { OUTPUT_PARAMETERS } from "../core/spec/parameters/outputs.js";
import type { ParameterValue } from "../core/spec/parameters/row.js";
import { Output } from "../proto/gen/depthmesh/v1/spec.js";
import {
  ACCELERATION_WORDS,
  CODEC_WORDS,
  CONTAINER_WORDS,
  DITHER_WORDS,
  PIXEL_FORMAT_WORDS,
  SPEED_WORDS,
  TRANSPARENCY_WORDS,
} from "../wire/enums.js";

/** Output settings. The container is not one of them: the file extension selects it. */
export type OutputName = Exclude<keyof typeof OUTPUT_PARAMETERS, "outputs.container">;

export function isOutputName(name: string): name is OutputName {
  return name !== "outputs.container" && Object.hasOwn(OUTPUT_PARAMETERS, name);
}

export const OUTPUT_NAMES: readonly OutputName[] =
  Object.keys(OUTPUT_PARAMETERS).filter(isOutputName);

export interface OutputAssignment {
  readonly name: OutputName;
  readonly value: ParameterValue;
}

type Setting = OutputSetting | "codec";

/** For each setting that is an enum in the message: its words. */
const WORDS = {
  codec: CODEC_WORDS,
  speed: SPEED_WORDS,
  pixelFormat: PIXEL_FORMAT_WORDS,
  dither: DITHER_WORDS,
  acceleration: ACCELERATION_WORDS,
  transparency: TRANSPARENCY_WORDS,
} as const;

/**
 * One output per file. Throws PARAMETER_UNKNOWN for an unknown file extension, and
 * PARAMETER_CONFLICT for a setting that no output takes.
 */
export function outputsOf(
  files: readonly string[],
  assignments: readonly OutputAssignment[],
): Output[] {
  const containers = files.map(containerOf);
  const codec = assignments.find(({ name }) => name === "outputs.codec")?.value;
  const formats = containers.map((container) => formatOf(container, codec));
  const settings = assignments.map(({ name, value }) => ({ name, value, key: keyOf(name) }));
  for (const { name, key } of settings) {
    if (formats.some((format) => takes(key, format, codec))) continue;
    const known = containers.map((container) => containerRow(container).extension).join(" ");
    const message =
      files.length === 0
        ? `${name} needs a video: add --output`
        : `no output (${known}) takes ${name}; it is for ${takersOf(key, codec)}`;
    throw new DepthmeshError("PARAMETER_CONFLICT", message, {
      metadata: { field: name, ...(known !== "" && { outputs: known }) },
    });
  }
  return formats.map((format) => {
    const taken = settings.filter(({ key }) => takes(key, format, codec));
    const values = taken.map(({ name, key, value }) => [key, wireValue(key, name, value)]);
    const container = CONTAINER_WORDS.number(format.container, "outputs.container");
    return Output.fromPartial({ container, ...Object.fromEntries(values) });
  });
}

function containerOf(file: string): Container {
  const container = containerOfFile(file);
  if (container) return container;
  const known = CONTAINER_NAMES.map((name) => containerRow(name).extension).join(" ");
  throw new DepthmeshError(
    "PARAMETER_UNKNOWN",
    extname(file) === ""
      ? `${file} has no extension that names a container; a folder is written with / at its end`
      : `${file} does not have the extension of a supported container`,
    {
      metadata: { field: "outputs.container", known },
    },
  );
}

function formatOf(container: Container, codec: ParameterValue | undefined) {
  const { codecs } = containerRow(container);
  const chosen: Codec = codecs.find((name) => name === codec) ?? codecs[0];
  return { container, codec: chosen };
}

function takes(
  key: Setting,
  format: { readonly container: Container; readonly codec: Codec },
  codec: ParameterValue | undefined,
): boolean {
  return key === "codec" ? format.codec === codec : takesSetting(key, format);
}

/** The extensions of the containers that take a setting, whatever their codec. */
function takersOf(key: Setting, codec: ParameterValue | undefined): string {
  const takers = CONTAINER_NAMES.filter((container) =>
    containerRow(container).codecs.some((name) => takes(key, { container, codec: name }, codec)),
  );
  return takers.map((container) => containerRow(container).extension).join(" ");
}

/** The field of the message: `outputs.pixel_format` becomes `pixelFormat`. */
function keyOf(name: OutputName): Setting {
  const field = name.slice("outputs.".length);
  return field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) as Setting;
}

function wireValue(key: Setting, name: OutputName, value: ParameterValue): ParameterValue {
  return key in WORDS ? WORDS[key as keyof typeof WORDS].number(String(value), name) : value;
}

/** Parses and explains parameters on the command line, both from the parameter table. */

import { DepthmeshError } from "../core/errors.js";
import { DEPTH_PARAMETERS } from "../core/spec/parameters/depth.js";
import {
  checkParameter,
  type NumberRow,
  outOfRange,
  type ParameterRow,
  type ParameterValue,
  rangeText,
} from "../core/spec/parameters/row.js";
import { FIELD_NAMES, type FieldName, isFieldName, PARAMETERS } from "../core/spec/parameters.js";
import type { FrameRate } from "../proto/gen/depthmesh/v1/spec.js";
import { suggestion } from "./did-you-mean.js";
import {
  isOutputName,
  OUTPUT_NAMES,
  type OutputAssignment,
  type OutputName,
} from "./output-option.js";
import { durationMs, sizeBytes } from "./quantity.js";

/** Every parameter that has a command-line form: all but the fields of a motion. */
export type AssignableName = FieldName | "clip.frame_rate" | OutputName;

export const ASSIGNABLE_NAMES: readonly AssignableName[] = [
  ...FIELD_NAMES,
  "clip.frame_rate",
  ...OUTPUT_NAMES,
];
export const DEPTH_PARAMETER_NAMES: readonly AssignableName[] =
  Object.keys(DEPTH_PARAMETERS).filter(isFieldName);

export type Assignment =
  | { readonly name: "clip.frame_rate"; readonly value: FrameRate }
  | { readonly name: FieldName; readonly value: ParameterValue }
  | OutputAssignment;

/** The value of a text by the kind of its parameter; errors read as the server's. */
function parseParameter(row: ParameterRow, text: string): ParameterValue {
  switch (row.kind) {
    case "number":
      return numberOf(row, text, parseNumber(row, text));
    case "flag":
      return text === "true" ? true : checkParameter(row, text === "false" ? false : text);
    case "choice":
      return checkParameter(row, text);
  }
}

/** `value` if the row allows it; the error shows `text` where that is no number. */
function numberOf(row: NumberRow, text: string, value: number): number {
  if (Number.isNaN(value)) throw outOfRange(row, text);
  return checkParameter(row, value);
}

/** A bare number is in the unit of its row; times and sizes may have a unit of their own. */
function parseNumber({ unit }: NumberRow, text: string): number {
  if (text.trim() === "") return Number.NaN;
  const ms = unit === "s" ? durationMs(text) : undefined;
  if (ms !== undefined) return ms / 1000;
  const bytes = unit === "bytes" ? sizeBytes(text) : undefined;
  return bytes ?? Number(text);
}

/** Parses `30`, `29.97` or `30000/1001` into an exact fraction. */
export function parseFrameRate(text: string): FrameRate {
  const [numerator = "", denominator = "1"] = text.split("/");
  const decimals = numerator.split(".")[1]?.length ?? 0;
  const scale = 10 ** decimals;
  const rate = {
    numerator: Math.round(Number(numerator) * scale),
    denominator: Number(denominator) * scale,
  };
  numberOf(PARAMETERS["clip.frame_rate"], text, rate.numerator / rate.denominator);
  return rate;
}

/** Parses and checks the value of a parameter. */
export function assign(name: AssignableName, text: string): Assignment {
  if (name === "clip.frame_rate") return { name, value: parseFrameRate(text) };
  const value = parseParameter(PARAMETERS[name], text);
  return isOutputName(name) ? { name, value } : { name, value };
}

/** Parses `-0.12,0.4`, the two parameters of the camera's target. */
export function assignTarget(text: string): Assignment[] {
  const [x, y, ...rest] = text.split(",");
  if (x !== undefined && y !== undefined && rest.length === 0) {
    return [assign("camera.target.x", x), assign("camera.target.y", y)];
  }
  throw new DepthmeshError(
    "PARAMETER_OUT_OF_RANGE",
    `--target is ${text.slice(0, 64)}; it must be two numbers with a comma, such as 0.3,-0.2`,
    { metadata: { field: "camera.target", actual: text.slice(0, 64) } },
  );
}

/** Parses `camera.height=0.3`. Throws PARAMETER_UNKNOWN for a name that is not in `names`. */
export function parseAssignment(text: string, names = ASSIGNABLE_NAMES): Assignment {
  const [left = "", ...rest] = text.split("=");
  const name = names.find((candidate) => candidate === left);
  if (name !== undefined && rest.length > 0) return assign(name, rest.join("="));
  const wrong = left.slice(0, 64);
  const meant = suggestion(wrong, names);
  const message =
    name === undefined
      ? `there is no parameter ${wrong}${meant || "; --help-all lists them"}`
      : `--set ${wrong} has no value: write ${wrong}=VALUE`;
  throw new DepthmeshError("PARAMETER_UNKNOWN", message, { metadata: { field: wrong } });
}

export function helpOf(name: AssignableName): string {
  return helpOfRow(PARAMETERS[name]);
}

/** Meaning, range and default value in one line. */
export function helpOfRow(row: ParameterRow): string {
  const defaultValue = row.defaultValue === undefined ? "" : `, default ${row.defaultValue}`;
  return `${row.meaning} (${rangeText(row)}${defaultValue})`;
}

/** The parameters that `--set` takes, one per line; `~` marks those that a motion can animate. */
export function parameterHelp(names = ASSIGNABLE_NAMES): string {
  const rows: readonly ParameterRow[] = names.map((name) => PARAMETERS[name]);
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map((row) => {
    const moves = row.kind === "number" && row.animatable ? "~" : " ";
    return `  ${moves} ${row.name.padEnd(width)}  ${helpOfRow(row)}`;
  });
  const moves = rows.some((row) => row.kind === "number" && row.animatable);
  const title = `Parameters for --set${moves ? " (--motion can animate those marked ~)" : ""}:`;
  return `\n${title}\n${lines.join("\n")}`;
}

/**
 * Reads and changes single fields of a specification in JSON. A change makes a new object; a
 * message whose last field is taken away goes too, so that what remains is only what was set.
 */
import {
  keysOf,
  type ParameterRow,
  type ParameterValue,
} from "../../../../core/spec/parameters/row.js";
import { enumNameOf, wordOf } from "./enum-names.js";
import { framesPerSecond, rateOf } from "./frame-rate.js";

const FRAME_RATE = "clip.frame_rate";
/** 64-bit numbers are strings in JSON. */
const LONG_FIELDS: ReadonlySet<string> = new Set(["outputs.max_size_bytes"]);

type Tree = Readonly<Record<string, unknown>>;

/** Undefined where the field is not set, or holds what its row cannot. */
export function fieldOf(
  node: object,
  row: ParameterRow,
  path = row.name,
): ParameterValue | undefined {
  const value = valueAt(node, keysOf(path));
  if (value === undefined) return undefined;
  if (row.kind === "choice") {
    return typeof value === "string" ? wordOf(row.name, value) : undefined;
  }
  if (row.kind === "flag") return typeof value === "boolean" ? value : undefined;
  if (row.name === FRAME_RATE) return isTree(value) ? framesPerSecond(value) : undefined;
  return Number.isFinite(Number(value)) ? Number(value) : undefined;
}

/** Undefined takes the field away. */
export function withField<T extends object>(
  node: T,
  row: ParameterRow,
  value: ParameterValue | undefined,
  path = row.name,
): T {
  return changed(
    node as Tree,
    keysOf(path),
    value === undefined ? undefined : json(row, value),
  ) as T;
}

/** The names of the rows whose field is set. */
export function setFields(node: object, rows: readonly ParameterRow[]): readonly string[] {
  return rows.filter((row) => fieldOf(node, row) !== undefined).map(({ name }) => name);
}

function json(row: ParameterRow, value: ParameterValue): unknown {
  if (row.kind === "choice") return enumNameOf(row.name, String(value));
  if (row.name === FRAME_RATE) return rateOf(Number(value));
  return LONG_FIELDS.has(row.name) ? String(value) : value;
}

function valueAt(node: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => (isTree(inner) ? inner[key] : undefined), node);
}

function changed(node: Tree, [key, ...rest]: readonly string[], value: unknown): Tree {
  if (key === undefined) return node;
  const old = node[key];
  const next = rest.length === 0 ? value : changed(isTree(old) ? old : {}, rest, value);
  const { [key]: _old, ...others } = node;
  const isGone = next === undefined || (rest.length > 0 && Object.keys(next as Tree).length === 0);
  return isGone ? others : { ...node, [key]: next };
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Fields of a JobSpec message by their path in the protocol, such as `camera.offset.x`; an enum's value is its word. */
import {
  CachePolicy,
  ComponentKind,
  type DeepPartial,
  DepthMapFormat,
  DepthMapPolarity,
  Easing,
  FitMode,
  type JobSpec,
  LoopMode,
  Quality,
} from "../proto/gen/depthmesh/v1/spec.js";
import { EnumWords } from "./enum-words.js";

export type FieldValue = number | boolean | string;

const CACHE_POLICY_WORDS = new EnumWords(CachePolicy, "CACHE_POLICY_");
const LOOP_MODE_WORDS = new EnumWords(LoopMode, "LOOP_MODE_");
const FIT_MODE_WORDS = new EnumWords(FitMode, "FIT_MODE_");
const QUALITY_WORDS = new EnumWords(Quality, "QUALITY_");
export const COMPONENT_KIND_WORDS = new EnumWords(ComponentKind, "COMPONENT_KIND_");
export const DEPTH_MAP_FORMAT_WORDS = new EnumWords(DepthMapFormat, "DEPTH_MAP_FORMAT_");
export const DEPTH_MAP_POLARITY_WORDS = new EnumWords(DepthMapPolarity, "DEPTH_MAP_POLARITY_");
export const EASING_WORDS = new EnumWords(Easing, "EASING_");

const ENUMS: ReadonlyMap<string, EnumWords> = new Map([
  ["cache_policy", CACHE_POLICY_WORDS],
  ["camera.loop", LOOP_MODE_WORDS],
  ["clip.fit", FIT_MODE_WORDS],
  ["quality", QUALITY_WORDS],
]);

type Tree = { [key: string]: unknown };

/** The value at a path; undefined where nothing was said. Throws PARAMETER_UNKNOWN for an enum value of a later version. */
export function readField(spec: JobSpec, path: string): FieldValue | undefined {
  let node: unknown = spec;
  for (const key of keysOf(path)) node = isTree(node) ? node[key] : undefined;
  if (typeof node === "number") {
    const words = ENUMS.get(path);
    return words ? words.word(node, path) : node;
  }
  return typeof node === "boolean" || typeof node === "string" ? node : undefined;
}

/** Set the value at a path; the messages on the way are made. Throws PARAMETER_UNKNOWN for a word its enum does not have. */
export function writeField(spec: DeepPartial<JobSpec>, path: string, value: FieldValue): void {
  const keys = keysOf(path);
  const last = keys.pop() ?? "";
  let node = spec as Tree;
  for (const key of keys) {
    const inner = node[key];
    const message = isTree(inner) ? inner : {};
    node[key] = message;
    node = message;
  }
  const words = ENUMS.get(path);
  node[last] = words ? words.number(String(value), path) : value;
}

function keysOf(path: string): string[] {
  return path
    .split(".")
    .map((key) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null;
}

/** Which controls stand together, and how they are searched. */
import type { ParameterRow } from "../../../../core/spec/parameters/row.js";
import { labelOf } from "./parameter-text.js";

export type GroupId =
  | "movement"
  | "camera"
  | "limits"
  | "depth"
  | "effects"
  | "clip"
  | "stereo"
  | "stills"
  | "other";

export interface Section {
  /**
   * The message that the rows are fields of, such as `depth_of_field`; empty for the group's own.
   */
  readonly name: string;
  readonly rows: readonly ParameterRow[];
}

export interface Group {
  readonly id: GroupId;
  readonly sections: readonly Section[];
}

const MOVEMENT: ReadonlySet<string> = new Set([
  "camera.intensity",
  "camera.phase",
  "camera.loop",
  "camera.hold_start_seconds",
  "camera.hold_end_seconds",
]);
const LIMITS: ReadonlySet<string> = new Set([
  "camera.limit",
  "camera.max_hidden_area_percent",
  "camera.max_stretch_p99",
]);
const DEPTH: ReadonlySet<string> = new Set(["edges", "quality"]);
const ORDER: readonly GroupId[] = [
  "movement",
  "camera",
  "depth",
  "effects",
  "clip",
  "stereo",
  "stills",
  "limits",
  "other",
];
/** Lists, and the caller's own depth map, which have editors of their own. */
const ELSEWHERE = ["outputs.", "motions.", "depth.map."];

/** The group of a parameter by its name; undefined where it has a control elsewhere. */
export function groupOf(name: string): GroupId | undefined {
  if (ELSEWHERE.some((prefix) => name.startsWith(prefix))) return undefined;
  if (MOVEMENT.has(name)) return "movement";
  if (LIMITS.has(name)) return "limits";
  if (DEPTH.has(name)) return "depth";
  const [first = ""] = name.split(".");
  if (first === "seed") return "clip";
  return ORDER.find((id) => id === first) ?? "other";
}

/** Groups in the order of the page, rows in that of the catalogue; empty groups are left out. */
export function groupsOf(rows: readonly ParameterRow[], search = ""): readonly Group[] {
  const found = rows.filter((row) => isFound(row, search));
  return ORDER.map((id) => ({
    id,
    sections: sectionsOf(found.filter(({ name }) => groupOf(name) === id)),
  })).filter(({ sections }) => sections.length > 0);
}

/** Every word of the search is in the name, the label, the unit or the meaning. */
export function isFound(row: ParameterRow, search: string): boolean {
  const text = [row.name, labelOf(row.name), row.meaning, row.kind === "number" ? row.unit : ""]
    .join(" ")
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function sectionsOf(rows: readonly ParameterRow[]): readonly Section[] {
  const byName = new Map<string, ParameterRow[]>([["", []]]);
  for (const row of rows) {
    const [, inner = "", leaf] = row.name.split(".");
    const name = leaf === undefined ? "" : inner;
    byName.set(name, [...(byName.get(name) ?? []), row]);
  }
  return [...byName]
    .map(([name, inSection]) => ({ name, rows: inSection }))
    .filter((section) => section.rows.length > 0);
}

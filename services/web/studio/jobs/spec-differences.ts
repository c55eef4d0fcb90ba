/** What a job asks for beyond the defaults: its specification without what everybody gets. */
import type { ParameterRow } from "../../../../core/spec/parameters/row.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { numberText, withUnit } from "../spec/parameter-text.js";
import { fieldOf } from "../spec/spec-fields.js";

/** Name of the parameter, or a field that is none, and its value in words. */
export type Difference = readonly [name: string, value: string];

/** A value that leaves the choice to the server is a default, too. */
const AUTO = "auto";
const OUTPUTS = "outputs.";
/** Lists with rows of their own, which have no value apart from their entries. */
const LISTS = [OUTPUTS, "motions."];

/** The catalogue's `rows` say which values are defaults. */
export function specDifferences(spec: JobSpecJson, rows: readonly ParameterRow[]): Difference[] {
  const single = rows.filter(({ name }) => !LISTS.some((list) => name.startsWith(list)));
  return [
    ...general(spec),
    ...single.flatMap((row) => difference(spec, row, row.name, row.name)),
    ...outputs(spec, rows),
  ];
}

function general(spec: JobSpecJson): Difference[] {
  const { model, camera, artifacts = [], priority, motions = [], degradePolicy, deadline } = spec;
  const kinds = artifacts.map((kind) => word(kind, "ARTIFACT_KIND_")).join(", ");
  const all: Difference[] = [
    ["model", model === AUTO ? "" : (model ?? "")],
    ["camera.preset", camera?.preset ?? ""],
    ["motions", motions.map(({ parameter = "" }) => parameter).join(", ")],
    ["artifacts", kinds],
    ["priority", priority === "PRIORITY_NORMAL" ? "" : word(priority, "PRIORITY_")],
    ["degrade_policy", degradePolicy === "DEGRADE_POLICY_FORBID" ? "forbid" : ""],
    ["deadline", deadline ?? ""],
  ];
  return all.filter(([, value]) => value !== "");
}

function outputs({ outputs: list = [] }: JobSpecJson, rows: readonly ParameterRow[]) {
  const ofOutputs = rows.filter(({ name }) => name.startsWith(OUTPUTS));
  return list.flatMap((output, i) =>
    ofOutputs.flatMap((row) => {
      const field = row.name.slice(OUTPUTS.length);
      return difference(output, row, field, `outputs[${i}].${field}`);
    }),
  );
}

function difference(node: object, row: ParameterRow, path: string, name: string): Difference[] {
  const value = fieldOf(node, row, path);
  if (value === undefined || value === row.defaultValue || value === AUTO) return [];
  const text = typeof value === "number" ? numberText(value) : String(value);
  return [[name, row.kind === "number" ? withUnit(text, row.unit) : text]];
}

function word(name: string | undefined, prefix: string): string {
  return (name ?? "").replace(prefix, "").toLowerCase().replaceAll("_", "-");
}

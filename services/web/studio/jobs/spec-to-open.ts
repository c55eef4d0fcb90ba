/**
 * The settings of a job as a reader would have made them, so that the page of photos takes them.
 */
import type { ParameterRow } from "../../../../core/spec/parameters/row.js";
import type { JobSpecJson, OutputJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { fieldOf, withField } from "../spec/spec-fields.js";

const OUTPUTS = "outputs.";
/** The choice that a server makes for everybody. */
const AUTO = "auto";

/** A job has every default filled in; here only what differs from the catalogue's `rows` is set. */
export function specToOpen(spec: JobSpecJson, rows: readonly ParameterRow[]): JobSpecJson {
  const { model, camera, motions = [], artifacts = [], outputs = [] } = spec;
  const begun: JobSpecJson = {
    ...(model && model !== AUTO && { model }),
    ...(camera?.preset && { camera: { preset: camera.preset } }),
    ...(motions.length > 0 && { motions }),
    ...(artifacts.length > 0 && { artifacts }),
    ...(outputs.length > 0 && { outputs: outputs.map((output) => outputToOpen(output, rows)) }),
  };
  const single = rows.filter(({ name }) => !name.startsWith(OUTPUTS));
  return withDifferences(begun, spec, single, ({ name }) => name);
}

function outputToOpen(output: OutputJson, rows: readonly ParameterRow[]): OutputJson {
  const ofOutputs = rows.filter(({ name }) => name.startsWith(OUTPUTS));
  return withDifferences({}, output, ofOutputs, ({ name }) => name.slice(OUTPUTS.length));
}

function withDifferences<T extends object>(
  begun: T,
  full: object,
  rows: readonly ParameterRow[],
  pathOf: (row: ParameterRow) => string,
): T {
  return rows.reduce((made, row) => {
    const value = fieldOf(full, row, pathOf(row));
    const isDefault = value === undefined || value === row.defaultValue || value === AUTO;
    return isDefault ? made : withField(made, row, value, pathOf(row));
  }, begun);
}

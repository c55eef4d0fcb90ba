/** Which settings of an output its container and codec take. */
import { containerRow } from "../../../../core/output/containers.js";
import { type OutputSetting, takesSetting } from "../../../../core/output/spec.js";
import { keysOf, type ParameterRow } from "../../../../core/spec/parameters/row.js";
import type { OutputJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { formatOf } from "./output-options.js";

const PREFIX = "outputs.";

/** The rows of these parameters, with the codecs of the container only. */
export function outputRows(
  parameters: readonly ParameterRow[],
  output: OutputJson,
): readonly ParameterRow[] {
  const format = formatOf(output);
  return parameters.flatMap((row): ParameterRow[] => {
    if (!row.name.startsWith(PREFIX) || row.name === "outputs.container") return [];
    if (row.name === "outputs.codec") {
      const { codecs } = containerRow(format.container);
      return row.kind === "choice" && codecs.length > 1 ? [{ ...row, choices: codecs }] : [];
    }
    const key = keysOf(row.name).at(-1) as OutputSetting;
    return takesSetting(key, format) ? [row] : [];
  });
}

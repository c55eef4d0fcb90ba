/** What the server can do, from the tables that it is checked against. */

import { DEFAULT_PRESET, PRESET_NAMES, PRESETS } from "../../core/scene/presets.js";
import type { ParameterRow } from "../../core/spec/parameters/row.js";
import { PARAMETERS } from "../../core/spec/parameters.js";
import {
  type ListPresetsResponse,
  Parameter,
  ParameterKind,
} from "../../proto/gen/depthmesh/v1/catalog_service.js";

export function presetList(): ListPresetsResponse {
  return {
    presets: PRESET_NAMES.map((name) => ({
      name,
      summary: PRESETS[name].summary,
      isDefault: name === DEFAULT_PRESET,
      oneWay: PRESETS[name].oneWay,
    })),
    parameters: Object.values<ParameterRow>(PARAMETERS).map(toWireParameter),
  };
}

function toWireParameter(row: ParameterRow): Parameter {
  const { name, meaning } = row;
  switch (row.kind) {
    case "number":
      return Parameter.fromPartial({
        ...{ name, meaning, kind: ParameterKind.PARAMETER_KIND_NUMBER },
        unit: row.unit,
        minimum: row.minimum,
        maximum: row.maximum,
        minimumExcluded: row.exclusive === "minimum",
        maximumExcluded: row.exclusive === "maximum",
        defaultValue: row.defaultValue,
        step: row.step,
        animatable: row.animatable,
      });
    case "flag":
      return Parameter.fromPartial({
        ...{ name, meaning, kind: ParameterKind.PARAMETER_KIND_FLAG },
        maximum: 1,
        defaultValue: Number(row.defaultValue),
      });
    case "choice":
      return Parameter.fromPartial({
        ...{ name, meaning, kind: ParameterKind.PARAMETER_KIND_CHOICE },
        choices: [...row.choices],
        defaultChoice: row.defaultValue ?? "",
      });
  }
}

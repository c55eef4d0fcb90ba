/** The catalogue's parameters as rows, which the checks of a job read too. */
import type { ParameterRow } from "../../../../core/spec/parameters/row.js";
import type { ParameterJson } from "../../../../proto/gen/json/depthmesh/v1/catalog_service_pb.js";

/** Undefined for a kind of a later version, and for a parameter without a name. */
export function rowOf(json: ParameterJson): ParameterRow | undefined {
  const { name, meaning = "", kind } = json;
  if (name === undefined) return undefined;
  switch (kind) {
    case "PARAMETER_KIND_NUMBER":
      return {
        kind: "number",
        name,
        meaning,
        unit: json.unit ?? "",
        minimum: Number(json.minimum ?? 0),
        maximum: Number(json.maximum ?? 0),
        ...(json.minimumExcluded && { exclusive: "minimum" }),
        ...(json.maximumExcluded && { exclusive: "maximum" }),
        defaultValue: json.defaultValue === undefined ? undefined : Number(json.defaultValue),
        step: Number(json.step ?? 0),
        animatable: json.animatable ?? false,
      };
    case "PARAMETER_KIND_FLAG":
      return { kind: "flag", name, meaning, defaultValue: Number(json.defaultValue ?? 0) === 1 };
    case "PARAMETER_KIND_CHOICE":
      return {
        kind: "choice",
        name,
        meaning,
        choices: json.choices ?? [],
        defaultValue: json.defaultChoice || undefined,
      };
    default:
      return undefined;
  }
}

export function rowsOf(parameters: readonly ParameterJson[]): readonly ParameterRow[] {
  return parameters.flatMap((each) => rowOf(each) ?? []);
}

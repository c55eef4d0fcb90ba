/** The parameters of a request that are a field each, checked against the table. */
import { DepthmeshError } from "../errors.js";
import type { StateValues } from "../scene/state-values.js";
import { checkParameter } from "./parameters/row.js";
import { FIELD_PARAMETERS, type FieldName, isFieldName, isStateName } from "./parameters.js";
import type { SpecRequest } from "./request.js";

export class Fields {
  readonly #given: SpecRequest["fields"];

  /** Throws PARAMETER_OUT_OF_RANGE and PARAMETER_UNKNOWN for the first field that its row does not allow. */
  constructor(given: SpecRequest["fields"]) {
    for (const [name, value] of Object.entries(given)) {
      if (!isFieldName(name)) {
        throw new DepthmeshError("PARAMETER_UNKNOWN", "there is no parameter of this name", {
          metadata: {
            field: name.slice(0, 64),
          },
        });
      }
      if (value !== undefined) checkParameter(FIELD_PARAMETERS[name], value);
    }
    this.#given = given;
  }

  has(name: FieldName): boolean {
    return this.#given[name] !== undefined;
  }

  /** A number that was given, or its default. */
  number(name: FieldName): number {
    return Number(this.#given[name] ?? FIELD_PARAMETERS[name].defaultValue);
  }

  /** A flag that was given, or its default. */
  flag(name: FieldName): boolean {
    return (this.#given[name] ?? FIELD_PARAMETERS[name].defaultValue) === true;
  }

  /** A number or a word that was given; its row has no default. */
  optional<T extends number | string>(name: FieldName): T | undefined {
    return this.#given[name] as T | undefined;
  }

  /** A word that was given, or its default. The table has checked that it is one of the choices. */
  word<T extends string>(name: FieldName): T {
    return (this.#given[name] ?? FIELD_PARAMETERS[name].defaultValue) as T;
  }

  /** What was given of the frames' states. */
  stateValues(): StateValues {
    const given = Object.entries(this.#given).flatMap(([name, value]) =>
      isStateName(name) && typeof value !== "string" && value !== undefined
        ? [[name, value] as const]
        : [],
    );
    return Object.fromEntries(given);
  }
}

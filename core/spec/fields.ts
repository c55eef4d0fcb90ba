/** The parameters of a request that are a field each, checked against the table. */
import { InputError } from "../input-error.js";
import type { StateValues } from "../scene/state-values.js";
import { checkParameter } from "./parameters/row.js";
import { FIELD_PARAMETERS, type FieldName, isFieldName, isStateName } from "./parameters.js";
import type { SpecRequest } from "./request.js";

export class Fields {
  readonly #said: SpecRequest["fields"];

  /** Throws PARAMETER_OUT_OF_RANGE and PARAMETER_UNKNOWN for the first field that its row does not allow. */
  constructor(said: SpecRequest["fields"]) {
    for (const [name, value] of Object.entries(said)) {
      if (!isFieldName(name)) {
        throw new InputError("PARAMETER_UNKNOWN", "there is no parameter of this name", {
          field: name.slice(0, 64),
        });
      }
      if (value !== undefined) checkParameter(FIELD_PARAMETERS[name], value);
    }
    this.#said = said;
  }

  has(name: FieldName): boolean {
    return this.#said[name] !== undefined;
  }

  /** A number that was said, or its default. */
  number(name: FieldName): number {
    return Number(this.#said[name] ?? FIELD_PARAMETERS[name].defaultValue);
  }

  /** A flag that was said, or its default. */
  flag(name: FieldName): boolean {
    return (this.#said[name] ?? FIELD_PARAMETERS[name].defaultValue) === true;
  }

  /** A number or a word that was said; its row has no default. */
  optional<T extends number | string>(name: FieldName): T | undefined {
    return this.#said[name] as T | undefined;
  }

  /** A word that was said, or its default. The table has checked that it is one of the choices. */
  word<T extends string>(name: FieldName): T {
    return (this.#said[name] ?? FIELD_PARAMETERS[name].defaultValue) as T;
  }

  /** What was said of the frames' states. */
  stateValues(): StateValues {
    const said = Object.entries(this.#said).flatMap(([name, value]) =>
      isStateName(name) && typeof value !== "string" && value !== undefined
        ? [[name, value] as const]
        : [],
    );
    return Object.fromEntries(said);
  }
}

/**
 * Reads and checks the parameters that are single values (not messages or lists) in a request, and
 * finds their places in a JobSpec. Both follow from the parameter table.
 */
import { DepthmeshError } from "../errors.js";
import type { StateValues } from "../scene/frame-state.js";
import {
  checkParameter,
  keysOf,
  type ParameterRow,
  type ParameterValue,
} from "./parameters/row.js";
import {
  FIELD_NAMES,
  FIELD_PARAMETERS,
  type FieldName,
  isFieldName,
  isStateName,
} from "./parameters.js";
import type { SpecRequest } from "./request.js";
import type { JobSpec } from "./spec.js";
import { type Checks, FIRST_ONLY } from "./violations.js";

/** The parts of a JobSpec that hold parameters of one field each; "" is its top. */
export type SpecSection = "camera" | "clip" | "depth" | "stereo" | "stills" | "";

/** Keys in a JobSpec that differ from the parameter's name in camel case. */
const OTHER_KEYS: Partial<Record<FieldName, string>> = { "camera.phase": "phaseTurns" };

/**
 * The parameters of one part of a JobSpec, by their key in it: `depth.range_low_percent` has the
 * key `rangeLowPercent` of `depth`. The parameters of the frames' states are not among them:
 * `values` holds these by their own names.
 */
export function sectionParameters(
  section: SpecSection,
): readonly (readonly [key: string, row: ParameterRow & { readonly name: FieldName }])[] {
  return FIELD_NAMES.filter((name) => !isStateName(name)).flatMap((name) => {
    const [key = "", part = ""] = [...keysOf(name)].reverse();
    return part === section ? [[OTHER_KEYS[name] ?? key, FIELD_PARAMETERS[name]] as const] : [];
  });
}

/** The values of all parameters with one field each in a complete specification, by their names. */
export function givenFields(spec: JobSpec): SpecRequest["fields"] {
  const given: Record<string, ParameterValue> = {};
  for (const section of ["camera", "clip", "stereo", "", "stills", "depth"] as const) {
    const part = new Map(Object.entries<unknown>({ ...(section === "" ? spec : spec[section]) }));
    for (const [key, { name }] of sectionParameters(section)) {
      const value = part.get(key);
      if (value !== undefined) given[name] = value as ParameterValue;
    }
  }
  return { ...given, ...spec.values };
}

export class Fields {
  readonly #given: SpecRequest["fields"];

  /**
   * Refuses fields with a value that their row does not allow (PARAMETER_OUT_OF_RANGE or
   * PARAMETER_UNKNOWN); they are then as if they were not given.
   */
  constructor(given: SpecRequest["fields"], checks: Checks = FIRST_ONLY) {
    const allowed = Object.entries(given).flatMap(([name, value]) => {
      const kept = checks.check(() => checkField(name, value));
      return kept === undefined ? [] : [[name, kept] as const];
    });
    this.#given = Object.fromEntries(allowed);
  }

  /**
   * The values of one part of a JobSpec by their keys in it: the given value or the default. A
   * parameter without a default is absent unless it was given. `otherDefaults` override the
   * defaults of the table.
   */
  section<T>(section: SpecSection, otherDefaults: SpecRequest["fields"] = {}): T {
    const values = sectionParameters(section).flatMap(([key, { name, defaultValue }]) => {
      const value = this.#given[name] ?? otherDefaults[name] ?? defaultValue;
      return value === undefined ? [] : [[key, value] as const];
    });
    return Object.fromEntries(values) as T;
  }

  /** The given number, or the default. */
  number(name: FieldName): number {
    return Number(this.#given[name] ?? FIELD_PARAMETERS[name].defaultValue);
  }

  /** The given flag, or the default. */
  flag(name: FieldName): boolean {
    return (this.#given[name] ?? FIELD_PARAMETERS[name].defaultValue) === true;
  }

  /** The given number or word of a parameter without a default. */
  optional<T extends number | string>(name: FieldName): T | undefined {
    return this.#given[name] as T | undefined;
  }

  /** The given word, or the default. The constructor has checked that it is one of the choices. */
  word<T extends string>(name: FieldName): T {
    return (this.#given[name] ?? FIELD_PARAMETERS[name].defaultValue) as T;
  }

  /** The given values of parameters of the frames' states. */
  stateValues(): StateValues {
    const given = Object.entries(this.#given).flatMap(([name, value]) =>
      isStateName(name) && typeof value !== "string" && value !== undefined
        ? [[name, value] as const]
        : [],
    );
    return Object.fromEntries(given);
  }
}

function checkField(name: string, value: ParameterValue | undefined): ParameterValue | undefined {
  if (isFieldName(name)) {
    return value === undefined ? value : checkParameter(FIELD_PARAMETERS[name], value);
  }
  throw new DepthmeshError("PARAMETER_UNKNOWN", "there is no parameter of this name", {
    metadata: {
      field: name.slice(0, 64),
    },
  });
}

/**
 * The rows of the parameter table (name, range, default, meaning), and the check of a value against
 * its row.
 */
import { DepthmeshError } from "../../errors.js";

export type ParameterValue = number | boolean | string;

interface NamedRow {
  /** Path of the field in a JobSpec. */
  readonly name: string;
  readonly meaning: string;
}

export interface NumberRow extends NamedRow {
  readonly kind: "number";
  readonly unit: string;
  readonly minimum: number;
  readonly maximum: number;
  /** The end of the range that is itself not allowed. */
  readonly exclusive?: "minimum" | "maximum";
  /** Undefined if the photo, the preset or the server decides. */
  readonly defaultValue: number | undefined;
  /** Values are multiples of this; 0 means any real number. */
  readonly step: number;
  /** Whether a motion may move it. */
  readonly animatable: boolean;
}

export interface FlagRow extends NamedRow {
  readonly kind: "flag";
  readonly defaultValue: boolean;
}

export interface ChoiceRow extends NamedRow {
  readonly kind: "choice";
  readonly choices: readonly string[];
  /** Undefined if the preset or the server decides. */
  readonly defaultValue: string | undefined;
}

export type ParameterRow = NumberRow | FlagRow | ChoiceRow;

type Unnamed<T extends ParameterRow> = Omit<T, "name">;
type AnyUnnamed = Unnamed<NumberRow> | Unnamed<FlagRow> | Unnamed<ChoiceRow>;

/** Rows by name; each row also holds its name. */
export function named<T extends Record<string, AnyUnnamed>>(
  rows: T,
): { readonly [K in keyof T & string]: T[K] & { readonly name: K } } {
  const entries = Object.entries(rows).map(([name, row]) => [name, { name, ...row }]);
  return Object.fromEntries(entries);
}

const keysByName = new Map<string, readonly string[]>();

/**
 * The keys of a path in a JobSpec as code writes them: `effects.depth_of_field` is `effects`,
 * `depthOfField`.
 */
export function keysOf(name: string): readonly string[] {
  const known = keysByName.get(name);
  if (known) return known;
  const keys = name
    .split(".")
    .map((key) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
  keysByName.set(name, keys);
  return keys;
}

type NumberFacts = Pick<NumberRow, "meaning"> &
  Partial<Pick<NumberRow, "unit" | "step" | "exclusive">> & {
    readonly range: readonly [minimum: number, maximum: number];
    /** Absent if the photo, the preset or the server decides. */
    readonly defaultValue?: number;
  };

/** A number that stays the same for the whole clip. */
export function fixedNumber(facts: NumberFacts): Unnamed<NumberRow> {
  const { range, defaultValue, unit = "", step = 0, exclusive, meaning } = facts;
  return {
    kind: "number",
    unit,
    minimum: range[0],
    maximum: range[1],
    ...(exclusive && { exclusive }),
    defaultValue: defaultValue,
    step,
    animatable: false,
    meaning,
  };
}

/** A number that a motion may move. */
export function movingNumber(facts: NumberFacts): Unnamed<NumberRow> {
  return { ...fixedNumber(facts), animatable: true };
}

export function flag(defaultValue: boolean, meaning: string): Unnamed<FlagRow> {
  return { kind: "flag", defaultValue, meaning };
}

export function choice(
  choices: readonly string[],
  defaultValue: string | undefined,
  meaning: string,
): Unnamed<ChoiceRow> {
  return { kind: "choice", choices, defaultValue, meaning };
}

/**
 * The allowed values in words: `0 to below 1`, `64 to 4096 pixels, multiples of 2`, `true or
 * false`, `crop, fit or pad`.
 */
export function rangeText(row: ParameterRow): string {
  if (row.kind === "flag") return "true or false";
  if (row.kind === "choice") {
    return `${row.choices.slice(0, -1).join(", ")} or ${row.choices.at(-1)}`;
  }
  const { minimum, maximum, exclusive, step, unit } = row;
  const low = exclusive === "minimum" ? `above ${minimum}` : `${minimum}`;
  const high = exclusive === "maximum" ? `below ${maximum}` : `${maximum}`;
  const grain = step === 0 ? "" : step === 1 ? ", whole numbers" : `, multiples of ${step}`;
  return `${low} to ${high}${unit && ` ${unit}`}${grain}`;
}

/** Whether a number is in a row's range; NaN never is. */
export function isInRange(row: NumberRow, value: number): boolean {
  const { minimum, maximum, exclusive, step } = row;
  const above = exclusive === "minimum" ? value > minimum : value >= minimum;
  const below = exclusive === "maximum" ? value < maximum : value <= maximum;
  return above && below && (step === 0 || value % step === 0);
}

/**
 * Returns `value` if its row allows it. `field` is the path of a value in a list. Throws
 * PARAMETER_OUT_OF_RANGE, and PARAMETER_UNKNOWN for a word that is not one of the choices.
 */
export function checkParameter<T extends ParameterValue>(
  row: ParameterRow,
  value: T,
  field: string = row.name,
): T {
  switch (row.kind) {
    case "number":
      if (typeof value === "number" && isInRange(row, value)) return value;
      throw outOfRange(row, value, field);
    case "flag":
      if (typeof value === "boolean") return value;
      throw outOfRange(row, value, field);
    case "choice":
      if (typeof value === "string" && row.choices.includes(value)) return value;
      throw new DepthmeshError("PARAMETER_UNKNOWN", `${field} must be ${rangeText(row)}`, {
        metadata: {
          field,
          actual: shown(value),
          known: row.choices.join(" "),
        },
      });
  }
}

/** The error for a value outside the range of its row; `where` follows the value in the message. */
export function outOfRange(
  row: NumberRow | FlagRow,
  value: ParameterValue,
  field: string = row.name,
  where = "",
): DepthmeshError {
  const message = `${field} is ${shown(value)}${where}; it must be ${rangeText(row)}`;
  return new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, {
    metadata: {
      field,
      actual: shown(value),
      ...(row.kind === "number" && {
        limit_minimum: String(row.minimum),
        limit_maximum: String(row.maximum),
        ...(row.exclusive && { limit_excluded: row.exclusive }),
        ...(row.step > 0 && { limit_step: String(row.step) }),
      }),
    },
  });
}

/** Values of the caller are shown in messages, cut to 64 characters. */
function shown(value: ParameterValue): string {
  return String(value).slice(0, 64);
}

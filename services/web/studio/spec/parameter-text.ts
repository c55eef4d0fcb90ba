/** Parameters in words: labels from their names, numbers with as many digits as matter. */
import type { NumberRow, ParameterRow } from "../../../../core/spec/parameters/row.js";

/** Endings that repeat the unit, which is shown beside the number. */
const UNIT_ENDINGS = /_(seconds|percent|pixels|degrees|kbps|bytes|frames)$/;
const WORDS: Readonly<Record<string, string>> = { ssaa: "supersampling", crf: "rate factor (CRF)" };
/** A slider has about this many places. */
const SLIDER_PLACES = 100;
/** A larger range has no slider, because one place of it would be too much. */
const LARGEST_SLIDER_RANGE = 10_000;

/** The last part of a name in words: `camera.hold_end_seconds` is "Hold end". */
export function labelOf(name: string): string {
  const keys = name.split(".");
  const leaf = keys.at(-1) ?? name;
  const own = leaf.length === 1 ? `${keys.at(-2)} ${leaf}` : leaf.replace(UNIT_ENDINGS, "");
  return sentence(WORDS[own] ?? own);
}

/** `depth_of_field` is "Depth of field". */
export function sentence(words: string): string {
  const text = words.replaceAll(/[_-]/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export interface SliderRange {
  readonly minimum: number;
  readonly maximum: number;
  readonly step: number;
}

/** Undefined where a slider would be of no use; ends that are excluded are left out by one step. */
export function sliderRange(row: NumberRow): SliderRange | undefined {
  const range = row.maximum - row.minimum;
  if (!(range > 0) || range > LARGEST_SLIDER_RANGE || row.defaultValue === undefined)
    return undefined;
  const step = row.step || 10 ** Math.floor(Math.log10(range / SLIDER_PLACES));
  return {
    minimum: row.exclusive === "minimum" ? row.minimum + step : row.minimum,
    maximum: row.exclusive === "maximum" ? row.maximum - step : row.maximum,
    step,
  };
}

/** At most three decimals, without zeros at their end, and with the minus that is read as one. */
export function numberText(value: number): string {
  const rounded = Math.round(value * 1000) / 1000;
  return String(Object.is(rounded, -0) ? 0 : rounded).replace("-", "−");
}

/** The value that is used where the field is not set. */
export function defaultText(row: ParameterRow, automatic: string): string {
  const { defaultValue } = row;
  if (defaultValue === undefined) return automatic;
  if (row.kind !== "number") return String(defaultValue);
  return withUnit(numberText(Number(defaultValue)), row.unit);
}

export function withUnit(text: string, unit: string): string {
  if (unit === "") return text;
  return unit === "%" || unit === "°" ? text + unit : `${text} ${unit}`;
}

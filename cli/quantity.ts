/** Lengths of time and sizes with their unit, as people write them: `3s`, `500ms`, `7d`, `5MB`. */
import { DepthmeshError } from "../core/errors.js";

const MILLISECONDS = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
} as const;

/** Decimal and binary multiples of a byte; the words are compared in lower case. */
const BYTES = {
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
} as const;

const QUANTITY = /^(?<number>\d+(\.\d*)?|\.\d+)\s*(?<unit>[a-z]+)$/i;

/** Number and unit of `500ms`; undefined for a text of another form, such as a bare number. */
function split(text: string): { value: number; unit: string } | undefined {
  const groups = QUANTITY.exec(text.trim())?.groups;
  if (!groups) return undefined;
  return { value: Number(groups.number), unit: (groups.unit ?? "").toLowerCase() };
}

function scaled(text: string, factors: Readonly<Record<string, number>>): number | undefined {
  const quantity = split(text);
  const factor =
    quantity && Object.hasOwn(factors, quantity.unit) ? factors[quantity.unit] : undefined;
  return quantity && factor !== undefined ? quantity.value * factor : undefined;
}

/** Milliseconds of `500ms`, `3s`, `2min`, `1h`, `7d` or `1w`; undefined for another text. */
export function durationMs(text: string): number | undefined {
  return scaled(text, MILLISECONDS);
}

/** Bytes of `5MB`, `800kB`, `2MiB` or `4096b`; undefined for another text. */
export function sizeBytes(text: string): number | undefined {
  return scaled(text, BYTES);
}

/** A parser for options that take a length of time with its unit. */
export function parseDuration(text: string): number {
  const ms = durationMs(text);
  if (ms !== undefined) return ms;
  throw new DepthmeshError(
    "PARAMETER_OUT_OF_RANGE",
    `${text.slice(0, 64)} is not a length of time such as 90s, 30min, 12h or 7d`,
  );
}

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

/** The seconds of a short time, the minutes of a long one: `4.2 s`, `3 min 5 s`, `2 h 10 min`. */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.round(minutes / (24 * 60))} days`;
}

/** `712 B`, `3.4 kB`, `1.25 MB`: decimal multiples, as `--max-size` reads them. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1000 ** 2) return `${(bytes / 1000).toFixed(1)} kB`;
  if (bytes < 1000 ** 3) return `${(bytes / 1000 ** 2).toFixed(2)} MB`;
  return `${(bytes / 1000 ** 3).toFixed(2)} GB`;
}

/** How long ago a time was; `-` for no time. */
export function ageText(time: Date | undefined, nowMs: number): string {
  return time ? durationText(Math.max(0, nowMs - time.getTime()) / 1000) : "-";
}

/** Values in the query of a path. */
import { DepthmeshError, rangeError } from "../../../core/errors.js";

type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Whether a name stands in the query, as in `?download`; `=false` and `=0` are no. */
export function flag(query: unknown, name: string): boolean {
  const value = (query as Query)[name];
  return value !== undefined && value !== "false" && value !== "0";
}

/** The one value of a name; undefined without it. Throws PARAMETER_CONFLICT for several. */
export function word(query: unknown, name: string): string | undefined {
  const value = (query as Query)[name];
  if (value === undefined || typeof value === "string") return value;
  throw new DepthmeshError("PARAMETER_CONFLICT", `${name} stands twice in the query`, {
    metadata: { field: name },
  });
}

/** A whole number from 0; undefined without it. Throws PARAMETER_OUT_OF_RANGE. */
export function count(query: unknown, name: string, maximum: number): number | undefined {
  const text = word(query, name);
  if (text === undefined) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= maximum) return value;
  const message = `${name} must be a whole number from 0 to ${maximum}`;
  throw rangeError(
    name,
    text.slice(0, 32).replace(/[^ -~]/g, "?"),
    { minimum: 0, maximum },
    message,
  );
}

/**
 * Checks of parsed JSON that this system has stored earlier. Each check gives the value its type,
 * or throws INTERNAL with the path of the damaged field.
 */
import { DepthmeshError } from "../errors.js";

/** Returns `value`, with defaults filled in; `at` is its path in the document. Throws INTERNAL. */
export type Check<T> = (value: unknown, at: string) => T;

/** The error for a value that cannot have been stored like this. */
export function damaged(at: string, expected: string): DepthmeshError {
  return new DepthmeshError("INTERNAL", `stored data is damaged: ${at} must be ${expected}`);
}

export const text: Check<string> = (value, at) => {
  if (typeof value === "string") return value;
  throw damaged(at, "a string");
};

export const number: Check<number> = (value, at) => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw damaged(at, "a finite number");
};

export const flag: Check<boolean> = (value, at) => {
  if (typeof value === "boolean") return value;
  throw damaged(at, "true or false");
};

export function oneOf<T extends string>(choices: readonly T[]): Check<T> {
  return (value, at) => {
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw damaged(at, `one of ${choices.join(", ")}`);
  };
}

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, at) => (value === null ? null : check(value, at));
}

/** An absent value stays absent. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, at) => (value === undefined ? undefined : check(value, at));
}

export function withDefault<T>(check: Check<T>, defaultValue: T): Check<T> {
  return (value, at) => (value === undefined ? defaultValue : check(value, at));
}

export function list<T>(check: Check<T>): Check<T[]> {
  return (value, at) => {
    if (Array.isArray(value)) return value.map((entry, i) => check(entry, `${at}[${i}]`));
    throw damaged(at, "a list");
  };
}

export function object(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw damaged(at, "an object");
}

export type FieldChecks<T> = {
  readonly [K in keyof T]-?: Check<object extends Pick<T, K> ? T[K] | undefined : T[K]>;
};

/**
 * An object with at least these fields. Fields that are not named here are kept: a later version
 * may have stored them.
 */
export function fields<T extends object>(checks: FieldChecks<T>): Check<T> {
  return (value, at) => {
    const stored = object(value, at);
    const checked: Record<string, unknown> = { ...stored };
    for (const [key, check] of Object.entries<Check<unknown>>(checks)) {
      const result = check(stored[key], at === "" ? key : `${at}.${key}`);
      if (result !== undefined) checked[key] = result;
    }
    return checked as T;
  };
}

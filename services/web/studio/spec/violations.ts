/** What the server says about single fields of a specification. */
import type { Problem } from "../api/http.js";

export interface ReadViolations {
  /** Descriptions by the path of their field, such as `camera.intensity` or `outputs[1].crf`. */
  readonly byField: ReadonlyMap<string, string>;
  /** What belongs to no field that is shown, or to none at all. */
  readonly rest: readonly string[];
}

export const NO_VIOLATIONS: ReadViolations = { byField: new Map(), rest: [] };

/** Fields that `isShown` refuses are told by `rest`, with their name. */
export function readViolations(
  { violations = [], detail }: Pick<Problem, "detail"> & Partial<Problem>,
  isShown: (field: string) => boolean,
): ReadViolations {
  const byField = new Map<string, string>();
  const rest: string[] = [];
  for (const { field, description } of violations) {
    const known = byField.get(field);
    if (!isShown(field)) rest.push(named(field, description));
    else byField.set(field, known ? `${known}; ${description}` : description);
  }
  return { byField, rest: violations.length === 0 ? [detail] : rest };
}

/** Whether a violation is at this path, or below it. */
export function isViolated({ byField }: ReadViolations, path: string): boolean {
  return [...byField.keys()].some((field) => field === path || field.startsWith(`${path}.`));
}

function named(field: string, description: string): string {
  const last = field.replace(/\[\d+\]/g, "");
  return description.includes(field) || description.includes(last)
    ? description
    : `${field}: ${description}`;
}

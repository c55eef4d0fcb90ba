/**
 * Collects what is wrong with the fields of a request, so that its caller learns of everything at
 * once and not of one field a call.
 */
import { cutText, MAX_MESSAGE_BYTES } from "../error-text.js";
import { DepthmeshError, type FieldViolation } from "../errors.js";

/** Most fields that one error names; what follows is not looked at any more. */
export const MAX_VIOLATIONS = 32;
/** Of the message, for the number of the other problems. */
const SUFFIX_BYTES = 48;

/** How the checks of a request deal with a field that is refused. */
export interface Checks {
  /**
   * What `run` returns; undefined if it refuses a field. Errors that name no field are always
   * thrown.
   */
  check<T>(run: () => T): T | undefined;
  /**
   * The same for one entry of a list: the path of a field `outputs.crf` becomes `outputs[1].crf`.
   */
  within(list: string, entry: number | string): Checks;
  /** Whether no field at this path or below it was refused; without a path, no field at all. */
  passed(path?: string): boolean;
}

/** Throws the first error, for callers that check one thing only. */
export const FIRST_ONLY: Checks = {
  check: (run) => run(),
  within: () => FIRST_ONLY,
  passed: () => true,
};

export class Violations implements Checks {
  #first: DepthmeshError | undefined;
  readonly #violations: FieldViolation[] = [];
  /** Checks were left out. */
  #isCut = false;

  check<T>(run: () => T): T | undefined {
    return this.#check(run, (path) => path);
  }

  /** The same for what is found out later. */
  async checkLater<T>(result: Promise<T>): Promise<T | undefined> {
    const outcome = await result.then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    return this.check(outcome);
  }

  within(list: string, entry: number | string): Checks {
    const at = `${list}[${entry}]`;
    const rename = (path: string) =>
      path === list || path.startsWith(`${list}.`) ? at + path.slice(list.length) : path;
    return {
      check: (run) => this.#check(run, rename),
      within: (inner, innerEntry) => this.within(inner, innerEntry),
      passed: (path = list) => this.passed(rename(path)),
    };
  }

  passed(path?: string): boolean {
    if (path === undefined) return !this.#first;
    return !this.#violations.some(
      ({ field }) => field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`),
    );
  }

  /** Throws one error with everything that was refused, if anything was. */
  throwIfAny(): void {
    const first = this.#first;
    if (!first) return;
    const { reason, message, metadata, cause } = first;
    const others = this.#violations.length - 1;
    const words = this.#isCut ? `at least ${others}` : String(others);
    const suffix = ` (and ${words} more ${words === "1" ? "problem" : "problems"})`;
    const whole =
      others === 0 ? message : cutText(message, MAX_MESSAGE_BYTES - SUFFIX_BYTES) + suffix;
    throw new DepthmeshError(reason, whole, { metadata, cause, violations: this.#violations });
  }

  #check<T>(run: () => T, rename: (path: string) => string): T | undefined {
    if (this.#violations.length >= MAX_VIOLATIONS) {
      this.#isCut = true;
      return undefined;
    }
    try {
      return run();
    } catch (error) {
      if (!(error instanceof DepthmeshError) || error.violations.length === 0) throw error;
      for (const violation of error.violations) {
        this.#add(error, { ...violation, field: rename(violation.field) });
      }
      return undefined;
    }
  }

  /**
   * A conflict with a field that is refused itself is none: the check has seen the default in its
   * place.
   */
  #add(error: DepthmeshError, violation: FieldViolation): void {
    const other = error.metadata.conflicts_with;
    const isKnown = this.#violations.some(({ field }) => field === violation.field);
    if (isKnown || (other !== undefined && !this.passed(other))) return;
    this.#first ??= error;
    this.#violations.push(violation);
  }
}

/** Checks and completes the motions of a request. */
import { DepthmeshError, rangeError } from "../errors.js";
import type { Component, Easing, Keyframe, Motion, WaveKind } from "../scene/motion.js";
import { checkParameter, type NumberRow } from "./parameters/row.js";
import { findParameter, PARAMETERS } from "./parameters.js";
import type { ComponentRequest, KeyframeRequest, MotionRequest } from "./request.js";
import { type Checks, FIRST_ONLY } from "./violations.js";

/**
 * Most entries in the lists of a request. With the most of everything, the checks of a clip of
 * 3 600 frames take a few tens of milliseconds, in which the server does nothing else.
 */
export const MOTION_LIMITS = {
  motions: 40,
  components: 16,
  /** Of all motions together. */
  allComponents: 128,
  keyframes: 1024,
  /** Of all motions together. */
  allKeyframes: 4096,
  /** Per-frame values of all motions together. */
  allValues: 40_000,
} as const;

/** How long the lists of a motion are, whatever is in them. */
export interface MotionLengths {
  readonly components?: { readonly length: number } | undefined;
  readonly keyframes?: { readonly length: number } | undefined;
  readonly values?: { readonly length: number } | undefined;
}

/**
 * Refuses lists that are too long, with PARAMETER_OUT_OF_RANGE. It looks at nothing else, so that
 * it can be called before the entries are converted.
 */
export function checkMotionLengths(
  motions: readonly MotionLengths[],
  checks: Checks = FIRST_ONLY,
): void {
  const checkLength = (...length: Parameters<typeof assertLength>) =>
    checks.check(() => assertLength(...length));
  checkLength("motions", motions.length, 0, MOTION_LIMITS.motions);
  const all = { components: 0, keyframes: 0, values: 0 };
  for (const [i, { components, keyframes, values }] of motions.entries()) {
    const field = `motions[${i}]`;
    if (components) {
      checkLength(`${field}.components`, components.length, 1, MOTION_LIMITS.components);
      all.components += components.length;
    }
    if (keyframes) {
      checkLength(`${field}.keyframes`, keyframes.length, 1, MOTION_LIMITS.keyframes);
      all.keyframes += keyframes.length;
    }
    all.values += values?.length ?? 0;
  }
  checkLength("motions", all.components, 0, MOTION_LIMITS.allComponents, "components in all");
  checkLength("motions", all.keyframes, 0, MOTION_LIMITS.allKeyframes, "keyframes in all");
  checkLength("motions", all.values, 0, MOTION_LIMITS.allValues, "values in all");
}

/**
 * Refuses an unknown parameter, kind or easing with PARAMETER_UNKNOWN, a number or the length of a
 * list outside its range with PARAMETER_OUT_OF_RANGE, and a motion that is impossible or would have
 * no effect with PARAMETER_CONFLICT; a motion that is refused is left out. Whether the moved values
 * stay in range is checked on the frames of the clip (resolve-spec.ts), not here.
 */
export function resolveMotions(
  requests: readonly MotionRequest[],
  frames: number,
  checks: Checks = FIRST_ONLY,
): Motion[] {
  checkMotionLengths(requests, checks);
  // The entries of lists that are too long cost too much.
  if (!checks.passed("motions")) return [];
  const moved = new Set<string>();
  return requests.flatMap((request, i) => {
    const field = `motions[${i}]`;
    // What was read of a refused motion is not all that was asked for.
    if (!checks.passed(field)) return [];
    const row = checks.check(() => movableRow(request.parameter, field));
    const motion = row && resolveMotion(request, row, field, frames, checks);
    if (!motion) return [];
    checks.check(() => refuseSecond(motion, field, moved));
    moved.add(motion.parameter);
    return [motion];
  });
}

function refuseSecond(
  { kind, parameter }: Motion,
  field: string,
  moved: ReadonlySet<string>,
): void {
  if (kind === "components" || !moved.has(parameter)) return;
  const message = `${field} would replace the values of an earlier motion of ${parameter}`;
  throw conflict(field, message, { parameter });
}

function movableRow(parameter: string, field: string): NumberRow {
  const row = findParameter(parameter);
  if (!row) {
    throw new DepthmeshError("PARAMETER_UNKNOWN", "there is no parameter of this name to move", {
      metadata: {
        field: `${field}.parameter`,
        actual: parameter.slice(0, 64),
      },
    });
  }
  if (row.kind === "number" && row.animatable) return row;
  const message = `${parameter} is constant for the whole clip, so a motion cannot change it`;
  throw conflict(`${field}.parameter`, message, { parameter });
}

function resolveMotion(
  { parameter, components, keyframes, values }: MotionRequest,
  row: NumberRow,
  field: string,
  frames: number,
  checks: Checks,
): Motion | undefined {
  const ways = [components, keyframes, values].filter((way) => way !== undefined).length;
  if (ways !== 1) {
    checks.check(() => {
      const message = `${field} must have exactly one of components, keyframes and values; it has ${ways}`;
      throw conflict(field, message, { actual: String(ways) });
    });
    return undefined;
  }
  if (components) {
    const at = `${field}.components`;
    const resolved = components.flatMap(
      (each, i) => resolveComponent(each, `${at}[${i}]`, checks) ?? [],
    );
    return { parameter, kind: "components", components: resolved };
  }
  if (keyframes) {
    const resolved = resolveKeyframes(keyframes, row, field, checks);
    return { parameter, kind: "keyframes", keyframes: resolved };
  }
  const given = values ?? [];
  // The first bad value stands for all of a list.
  checks.check(() => checkValues(given, row, field, checks.passed("clip") ? frames : undefined));
  return { parameter, kind: "values", values: [...given] };
}

/** `frames` is undefined if the request does not say how many there are. */
function checkValues(
  given: readonly number[],
  row: NumberRow,
  field: string,
  frames: number | undefined,
): void {
  if (frames !== undefined && given.length !== frames) {
    const message = `${field} has ${given.length} values; it must have one for each of the ${frames} frames`;
    throw conflict(`${field}.values`, message, {
      actual: String(given.length),
      limit_frames: String(frames),
    });
  }
  given.forEach((value, i) => {
    checkParameter(row, value, `${field}.values[${i}]`);
  });
}

function resolveComponent(
  request: ComponentRequest,
  field: string,
  checks: Checks,
): Component | undefined {
  const kindRow = PARAMETERS["motions.components.components.kind"];
  const kind = checks.check(
    () => checkParameter(kindRow, request.kind, `${field}.kind`) as Component["kind"],
  );
  const number = (name: "amplitude" | "bias" | "cycles" | "phase"): number => {
    const row = PARAMETERS[`motions.components.components.${name}`];
    const defaultValue = Number(row.defaultValue);
    const given = request[name] ?? defaultValue;
    return checks.check(() => checkParameter(row, given, `${field}.${name}`)) ?? defaultValue;
  };
  const bias = number("bias");
  if (kind === "set" || kind === "add") {
    checks.check(() => refuseWaveFields(request, kind, field));
    return { kind, bias };
  }
  const wave = {
    amplitude: number("amplitude"),
    bias,
    cycles: number("cycles"),
    phaseTurns: number("phase"),
    reverse: request.reverse ?? false,
  };
  return kind && { kind: kind satisfies WaveKind, ...wave };
}

/** Refuses fields that would have no effect. */
function refuseWaveFields(request: ComponentRequest, kind: string, field: string): void {
  const { amplitude, cycles, phase, reverse } = request;
  const given = Object.entries({ amplitude, cycles, phase, reverse: reverse || undefined }).find(
    ([, value]) => value !== undefined,
  );
  if (!given) return;
  const message = `${field} has the kind ${kind}, which takes a bias but no ${given[0]}`;
  throw conflict(`${field}.${given[0]}`, message, { conflicts_with: `${field}.kind` });
}

function resolveKeyframes(
  requests: readonly KeyframeRequest[],
  row: NumberRow,
  motion: string,
  checks: Checks,
): Keyframe[] {
  const easingRow = PARAMETERS["motions.keyframes.keyframes.easing"];
  return requests.flatMap(({ tau, value, easing = String(easingRow.defaultValue) }, i) => {
    const at = `${motion}.keyframes[${i}]`;
    const before = requests[i - 1]?.tau ?? Number.NEGATIVE_INFINITY;
    checks.check(() => checkTau(tau, before, `${at}.tau`));
    checks.check(() => checkParameter(row, value, `${at}.value`));
    const way = checks.check(() => checkParameter(easingRow, easing, `${at}.easing`) as Easing);
    return way === undefined ? [] : [{ tau, value, easing: way }];
  });
}

function checkTau(tau: number, before: number, field: string): void {
  checkParameter(PARAMETERS["motions.keyframes.keyframes.tau"], tau, field);
  if (tau > before) return;
  const message = `${field} is ${tau}; it must be greater than ${before}, that of the keyframe before`;
  throw conflict(field, message, { actual: String(tau), limit_minimum: String(before) });
}

function assertLength(
  field: string,
  actual: number,
  minimum: number,
  maximum: number,
  what = "entries",
): void {
  if (actual >= minimum && actual <= maximum) return;
  const message = `${field} has ${actual} ${what}; it must have ${minimum} to ${maximum}`;
  throw rangeError(field, actual, { minimum, maximum }, message);
}

function conflict(field: string, message: string, facts: Record<string, string>): DepthmeshError {
  return new DepthmeshError("PARAMETER_CONFLICT", message, { metadata: { field, ...facts } });
}

/** Checks and completes the motions of a request. */
import { DepthmeshError, rangeError } from "../errors.js";
import type { Component, Easing, Keyframe, Motion, WaveKind } from "../scene/motion.js";
import { checkParameter, type NumberRow } from "./parameters/row.js";
import { findParameter, PARAMETERS } from "./parameters.js";
import type { ComponentRequest, KeyframeRequest, MotionRequest } from "./request.js";

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
 * Throws PARAMETER_OUT_OF_RANGE for lists that are too long. It looks at nothing else, so that it
 * can be called before the entries are converted.
 */
export function checkMotionLengths(motions: readonly MotionLengths[]): void {
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
 * Throws PARAMETER_UNKNOWN for an unknown parameter, kind or easing, PARAMETER_OUT_OF_RANGE for a
 * number or the length of a list outside its range, and PARAMETER_CONFLICT for a motion that is
 * impossible or would have no effect. Whether the moved values stay in range is checked on the
 * frames of the clip (resolve-spec.ts), not here.
 */
export function resolveMotions(requests: readonly MotionRequest[], frames: number): Motion[] {
  checkMotionLengths(requests);
  const moved = new Set<string>();
  return requests.map((request, i) => {
    const field = `motions[${i}]`;
    const row = movableRow(request.parameter, field);
    const motion = resolveMotion(request, row, field, frames);
    if (motion.kind !== "components" && moved.has(motion.parameter)) {
      throw conflict(
        field,
        `${field} would replace the values of an earlier motion of ${motion.parameter}`,
        { parameter: motion.parameter },
      );
    }
    moved.add(motion.parameter);
    return motion;
  });
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
): Motion {
  const ways = [components, keyframes, values].filter((way) => way !== undefined).length;
  if (ways !== 1) {
    throw conflict(
      field,
      `${field} must have exactly one of components, keyframes and values; it has ${ways}`,
      {
        actual: String(ways),
      },
    );
  }
  if (components) {
    const at = `${field}.components`;
    const resolved = components.map((each, i) => resolveComponent(each, `${at}[${i}]`));
    return { parameter, kind: "components", components: resolved };
  }
  if (keyframes) {
    return { parameter, kind: "keyframes", keyframes: resolveKeyframes(keyframes, row, field) };
  }
  const given = values ?? [];
  if (given.length !== frames) {
    const message = `${field} has ${given.length} values; it must have one for each of the ${frames} frames`;
    throw conflict(`${field}.values`, message, {
      actual: String(given.length),
      limit_frames: String(frames),
    });
  }
  given.forEach((value, i) => {
    checkParameter(row, value, `${field}.values[${i}]`);
  });
  return { parameter, kind: "values", values: [...given] };
}

function resolveComponent(request: ComponentRequest, field: string): Component {
  const kind = checkParameter(
    PARAMETERS["motions.components.components.kind"],
    request.kind,
    `${field}.kind`,
  ) as Component["kind"];
  const bias = numberOf("bias", request.bias, field);
  if (kind === "set" || kind === "add") {
    refuseWaveFields(request, kind, field);
    return { kind, bias };
  }
  return {
    kind: kind satisfies WaveKind,
    amplitude: numberOf("amplitude", request.amplitude, field),
    bias,
    cycles: numberOf("cycles", request.cycles, field),
    phaseTurns: numberOf("phase", request.phase, field),
    reverse: request.reverse ?? false,
  };
}

function numberOf(
  name: "amplitude" | "bias" | "cycles" | "phase",
  given: number | undefined,
  field: string,
): number {
  const row = PARAMETERS[`motions.components.components.${name}`];
  return checkParameter(row, given ?? Number(row.defaultValue), `${field}.${name}`);
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
): Keyframe[] {
  const field = `${motion}.keyframes`;
  const easingRow = PARAMETERS["motions.keyframes.keyframes.easing"];
  return requests.map(({ tau, value, easing }, i) => {
    const at = `${field}[${i}]`;
    checkParameter(PARAMETERS["motions.keyframes.keyframes.tau"], tau, `${at}.tau`);
    const before = requests[i - 1]?.tau ?? Number.NEGATIVE_INFINITY;
    if (!(tau > before)) {
      const message = `${at}.tau is ${tau}; it must be greater than ${before}, that of the keyframe before`;
      throw conflict(`${at}.tau`, message, { actual: String(tau), limit_minimum: String(before) });
    }
    checkParameter(row, value, `${at}.value`);
    const way = checkParameter(easingRow, easing ?? String(easingRow.defaultValue), `${at}.easing`);
    return { tau, value, easing: way as Easing };
  });
}

function checkLength(
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

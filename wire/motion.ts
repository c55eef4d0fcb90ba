/**
 * Converts a motion (a parameter that changes during the clip) between its message and its checked
 * form.
 */
import type { Motion } from "../core/scene/motion.js";
import type { MotionRequest } from "../core/spec/request.js";
import type { MotionLengths } from "../core/spec/resolve-motions.js";
import { type Checks, FIRST_ONLY } from "../core/spec/violations.js";
import type {
  Component,
  DeepPartial,
  Motion as WireMotion,
} from "../proto/gen/depthmesh/v1/spec.js";
import { COMPONENT_KIND_WORDS, EASING_WORDS, type EnumWords } from "./enums.js";

export function lengthsOf({ kind }: WireMotion): MotionLengths {
  switch (kind?.$case) {
    case "components":
      return { components: kind.value.components };
    case "keyframes":
      return { keyframes: kind.value.keyframes };
    case "values":
      return { values: kind.value.values };
    default:
      return {};
  }
}

/** Refuses an enum value that this version does not know, with PARAMETER_UNKNOWN. */
export function fromWireMotion(
  { parameter, kind }: WireMotion,
  index: number,
  checks: Checks = FIRST_ONLY,
): MotionRequest {
  const field = `motions[${index}]`;
  const word = <T extends string>(words: EnumWords<T>, value: number, name: string) =>
    checks.check(() => words.word(value, `${field}.${name}`));
  switch (kind?.$case) {
    case "components":
      return {
        parameter,
        components: kind.value.components.map((component, i) => ({
          ...fieldsOf(component),
          kind: word(COMPONENT_KIND_WORDS, component.kind, `components[${i}].kind`) ?? "",
        })),
      };
    case "keyframes":
      return {
        parameter,
        keyframes: kind.value.keyframes.map(({ tau, value, easing }, i) => ({
          tau,
          value,
          easing: word(EASING_WORDS, easing, `keyframes[${i}].easing`),
        })),
      };
    case "values":
      return { parameter, values: kind.value.values };
    default:
      return { parameter };
  }
}

const fieldsOf = ({ amplitude, bias, cycles, phase, reverse }: Component) => ({
  amplitude,
  bias,
  cycles,
  phase,
  reverse,
});

export function toWireMotion(motion: Motion): DeepPartial<WireMotion> {
  const { parameter } = motion;
  switch (motion.kind) {
    case "components": {
      const components = motion.components.map((component) => {
        const kind = COMPONENT_KIND_WORDS.number(component.kind, "kind");
        if (component.kind === "set" || component.kind === "add") {
          return { kind, bias: component.bias };
        }
        const { amplitude, bias, cycles, phaseTurns, reverse } = component;
        return { kind, amplitude, bias, cycles, phase: phaseTurns, reverse };
      });
      return { parameter, kind: { $case: "components", value: { components } } };
    }
    case "keyframes": {
      const keyframes = motion.keyframes.map(({ tau, value, easing }) => ({
        tau,
        value,
        easing: EASING_WORDS.number(easing, "easing"),
      }));
      return { parameter, kind: { $case: "keyframes", value: { keyframes } } };
    }
    case "values":
      return { parameter, kind: { $case: "values", value: { values: [...motion.values] } } };
  }
}

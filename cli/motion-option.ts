/**
 * Parses `--motion`: JSON such as `{"parameter": "camera.zoom", "keyframes": [{"tau": 0, "value":
 * 1}]}`, or the name of a file with JSON.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { DepthmeshError } from "../core/errors.js";
import type { DeepPartial, Motion } from "../proto/gen/depthmesh/v1/spec.js";
import { COMPONENT_KIND_WORDS, EASING_WORDS } from "../wire/enums.js";

const component = z.strictObject({
  kind: z.string(),
  amplitude: z.number().optional(),
  bias: z.number().optional(),
  cycles: z.number().optional(),
  phase: z.number().optional(),
  reverse: z.boolean().optional(),
});
const keyframe = z.strictObject({
  tau: z.number(),
  value: z.number(),
  easing: z.string().optional(),
});
const motion = z.strictObject({
  parameter: z.string(),
  components: z.array(component).optional(),
  keyframes: z.array(keyframe).optional(),
  values: z.array(z.number()).optional(),
});
const motions = z.array(motion);

type WrittenMotion = z.infer<typeof motion>;

/**
 * Reads one motion or a list of them. Text that does not start with `{` or `[` is a file name.
 * Throws PARAMETER_UNKNOWN for JSON that is not a motion.
 */
export function parseMotions(text: string): DeepPartial<Motion>[] {
  const inline = /^\s*[[{]/.test(text);
  let written: unknown;
  try {
    written = JSON.parse(inline ? text : readFileSync(text, "utf8"));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw invalidMotion(inline ? `not valid JSON: ${why}` : why);
  }
  const parsed = motions.safeParse(Array.isArray(written) ? written : [written]);
  if (parsed.success) return parsed.data.map(toWire);
  throw invalidMotion(z.prettifyError(parsed.error));
}

function invalidMotion(why: string): DepthmeshError {
  return new DepthmeshError("PARAMETER_UNKNOWN", `--motion: ${why}`, {
    metadata: { field: "motions" },
  });
}

function toWire(written: WrittenMotion): DeepPartial<Motion> {
  const { parameter, components, keyframes, values } = written;
  const ways = [components, keyframes, values].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      `the motion of ${parameter.slice(0, 64)} must have exactly one of components, keyframes and values`,
      { metadata: { field: "motions" } },
    );
  }
  if (components) {
    const named = components.map((component) => ({
      ...component,
      reverse: component.reverse ?? false,
      kind: COMPONENT_KIND_WORDS.number(component.kind, "motions.components.components.kind"),
    }));
    return { parameter, kind: { $case: "components", value: { components: named } } };
  }
  if (keyframes) {
    const named = keyframes.map(({ tau, value, easing }) => ({
      tau,
      value,
      easing: EASING_WORDS.number(easing, "motions.keyframes.keyframes.easing"),
    }));
    return { parameter, kind: { $case: "keyframes", value: { keyframes: named } } };
  }
  return { parameter, kind: { $case: "values", value: { values: values ?? [] } } };
}

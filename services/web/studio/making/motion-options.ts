/** Motions of a specification as the command's `--motion`. */
import type { MotionJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";

export interface Options {
  readonly groups: readonly (readonly string[])[];
  /** What no option can say, as paths of fields. */
  readonly missing: readonly string[];
}

export function motionOptions(motions: readonly MotionJson[]): Options {
  const written = motions.map(writtenMotion);
  const missing = written.flatMap((text, i) => (text === undefined ? [`motions[${i}]`] : []));
  const texts = written.filter((text) => text !== undefined);
  return { groups: texts.map((text) => ["--motion", JSON.stringify(text)]), missing };
}

function writtenMotion({ parameter = "", components, keyframes, values }: MotionJson) {
  if (components) {
    const list = components.components ?? [];
    return { parameter, components: list.map((each) => withWord(each, "kind", "COMPONENT_KIND_")) };
  }
  if (keyframes) {
    const list = keyframes.keyframes ?? [];
    // A field with its default is left out of JSON, but the command asks for both.
    const whole = list.map((each) => ({
      tau: 0,
      value: 0,
      ...withWord(each, "easing", "EASING_"),
    }));
    return { parameter, keyframes: whole };
  }
  return values ? { parameter, values: values.values ?? [] } : undefined;
}

/** The same with the word of the enum `key`, which is left out where it is not set. */
function withWord<T extends object>(message: T, key: keyof T & string, prefix: string) {
  const { [key]: name, ...rest } = message;
  const word = String(name ?? "")
    .slice(prefix.length)
    .toLowerCase()
    .replaceAll("_", "-");
  return word === "" || word === "unspecified" ? rest : { ...rest, [key]: word };
}

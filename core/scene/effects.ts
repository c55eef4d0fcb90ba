/**
 * The effects of a frame: what post-processing does to the drawn picture. The table of parameters
 * decides the structure (`effects.depth_of_field.start` becomes `depthOfField.start`), the ranges
 * and the defaults; docs/effects.md has the formulas.
 */
import { EFFECT_PARAMETERS } from "../spec/parameters/effects.js";
import { keysOf } from "../spec/parameters/row.js";

type Head<Path extends string> = Path extends `${infer First}.${string}` ? First : Path;
type Tail<Path extends string, First extends string> = Path extends `${First}.${infer Rest}`
  ? Rest
  : never;
type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;
/** An object with a number at each dotted path. */
type Numbers<Path extends string> = {
  readonly [Key in Head<Path> as CamelCase<Key>]: [Tail<Path, Key>] extends [never]
    ? number
    : Numbers<Tail<Path, Key>>;
};

/** Every number may change from frame to frame. */
export type EffectState = Numbers<Tail<keyof typeof EFFECT_PARAMETERS, "effects">>;

/** The defaults: no effect changes the picture. */
export const NO_EFFECTS = defaults();

function defaults(): EffectState {
  const effects: Record<string, unknown> = {};
  for (const { name, defaultValue } of Object.values(EFFECT_PARAMETERS)) {
    const [, ...path] = keysOf(name);
    const last = path.pop() ?? name;
    let node = effects;
    for (const key of path) {
      node[key] ??= {};
      node = node[key] as Record<string, unknown>;
    }
    node[last] = defaultValue;
  }
  return effects as EffectState;
}

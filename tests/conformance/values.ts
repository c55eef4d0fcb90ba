/** The values that steps refer to: `${job.name}` is the field `name` of what was saved as `job`. */

export type Values = Map<string, unknown>;

const WHOLE = /^\$\{([^}]+)\}$/;
const INSIDE = /\$\{([^}]+)\}/g;

/** The same tree with every reference replaced. Throws for one that nothing was saved under. */
export function filled(tree: unknown, values: Values): unknown {
  if (typeof tree === "string") {
    const whole = WHOLE.exec(tree)?.[1];
    // A value may refer to others.
    if (whole !== undefined) return filled(lookUp(whole, values), values);
    return tree.replace(INSIDE, (_, path: string) => String(filled(lookUp(path, values), values)));
  }
  if (Array.isArray(tree)) return tree.map((entry) => filled(entry, values));
  if (typeof tree !== "object" || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, filled(value, values)]),
  );
}

function lookUp(path: string, values: Values): unknown {
  const [name = "", ...fields] = path.split(".");
  if (!values.has(name)) throw new Error(`no step has saved ${name}`);
  let value = values.get(name);
  for (const field of fields) {
    if (typeof value !== "object" || value === null || !(field in value)) {
      throw new Error(`${path}: there is no ${field}`);
    }
    value = Reflect.get(value, field);
  }
  return value;
}

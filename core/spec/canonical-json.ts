/** JSON that is equal for equal values, whatever the order of their fields. Keys of caches are hashes of it. */

/** The JSON of `value` with the fields of every object sorted by name. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part !== "object" || part === null || Array.isArray(part)
      ? part
      : Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}

/** `value` without the fields of these names. Every other field stays, whether it is known here or not. */
export function without<T extends object, K extends string>(
  value: T,
  names: ReadonlySet<K>,
): Omit<T, K> {
  const kept = Object.entries(value).filter(([name]) => !(names as ReadonlySet<string>).has(name));
  return Object.fromEntries(kept) as Omit<T, K>;
}

/** The same in any order, so that many processes spread over several servers. */
export function inAnyOrder<T>(values: readonly T[]): T[] {
  const keyed = values.map((value) => ({ value, at: Math.random() }));
  return keyed.sort((one, other) => one.at - other.at).map(({ value }) => value);
}

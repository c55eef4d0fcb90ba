/** Tells series apart: the name of a metric and the values of its attributes, in any order. */
export function seriesKey(name: string, attributes: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return JSON.stringify([name, pairs.sort(([a], [b]) => (a < b ? -1 : 1))]);
}

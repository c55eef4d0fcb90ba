/** OpenTelemetry's [seconds, nanoseconds] as milliseconds with fractions. */
export function hrTimeToMilliseconds([seconds, nanos]: readonly [number, number]): number {
  return seconds * 1e3 + nanos / 1e6;
}

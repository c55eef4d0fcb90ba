/** What hosts cost. Defaults are round numbers near what public clouds ask for. */

export interface Prices {
  /** A core for an hour. */
  readonly cpuHour: number;
  readonly gpuHour: number;
  /** What a host that may be taken away costs, as a part of one that stays. */
  readonly spotPart: number;
}

export const DEFAULT_PRICES: Prices = { cpuHour: 0.04, gpuHour: 0.7, spotPart: 0.35 };

/** Of a worker for an hour. */
export function workerHourPrice(
  { cores, gpuTimes, spotHours }: { cores: number; gpuTimes?: number; spotHours?: number },
  { cpuHour, gpuHour, spotPart }: Prices,
): number {
  const full = cores * cpuHour + (gpuTimes === undefined ? 0 : gpuHour);
  return spotHours === undefined ? full : spotPart * full;
}

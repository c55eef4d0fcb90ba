/** Where the bars of a waterfall lie on its axis, and which times the axis names. */

/** The part of the trace that is shown, in milliseconds from its first start. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Shares of the range, 0 to 1. */
export interface Bar {
  readonly left: number;
  readonly width: number;
}

/** Undefined for a span that lies outside of the range. */
export function barOf(startMs: number, durationMs: number, range: TimeRange): Bar | undefined {
  const length = Math.max(1e-6, range.toMs - range.fromMs);
  const from = (startMs - range.fromMs) / length;
  const to = (startMs + durationMs - range.fromMs) / length;
  if (to < 0 || from > 1) return undefined;
  const left = Math.max(0, from);
  return { left, width: Math.min(1, to) - left };
}

/** A span alone, with a little around it so that its ends are seen. */
export function rangeAround(startMs: number, durationMs: number, whole: TimeRange): TimeRange {
  const margin = Math.max(0.05 * durationMs, 1e-3);
  return {
    fromMs: Math.max(whole.fromMs, startMs - margin),
    toMs: Math.min(whole.toMs, startMs + durationMs + margin),
  };
}

/** Round times within the range, at most `most` of them, in milliseconds. */
export function ticksOf({ fromMs, toMs }: TimeRange, most: number): number[] {
  const length = toMs - fromMs;
  if (!(length > 0)) return [fromMs];
  const rough = length / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(fromMs / step);
  const ticks: number[] = [];
  for (let i = first; i * step <= toMs && ticks.length < most; i++) ticks.push(i * step);
  return ticks;
}

/** Times that are close together, with as many decimals as tell them apart. */
export function tickTexts(ticks: readonly number[]): string[] {
  const [first = 0, second = first + 1] = ticks;
  const isSeconds = (ticks.at(-1) ?? 0) >= 1000;
  const step = (second - first) / (isSeconds ? 1000 : 1);
  const decimals = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
  return ticks.map((ms) =>
    ms === 0 ? "0" : `${(isSeconds ? ms / 1000 : ms).toFixed(decimals)} ${isSeconds ? "s" : "ms"}`,
  );
}

/** `0.4 ms`, `12 ms`, `1.25 s`, `2 min 5 s` */
export function timeText(ms: number): string {
  if (ms === 0) return "0";
  if (ms < 10) return `${Number(ms.toPrecision(2))} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toPrecision(3))} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

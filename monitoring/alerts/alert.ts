/** What an alert of Prometheus is here: a row with its own test. */

export interface Alert {
  /**
   * `critical` wakes somebody: callers are failed or will be soon. `warning` can wait for the day.
   */
  readonly severity: "critical" | "warning";
  readonly expression: string;
  /** How long the expression must hold. */
  readonly lasting: `${number}${"s" | "m" | "h"}`;
  /** What is wrong, in one sentence. `{{ $labels.x }}` and `{{ $value … }}` are filled in. */
  readonly summary: string;
  /** What to do first. */
  readonly action: string;
  readonly test: AlertTest;
}

/** Samples once a minute, and when the alert must be silent, firing and over. In minutes. */
export interface AlertTest {
  readonly series: Readonly<Record<string, string>>;
  readonly silentAt: number;
  readonly firingAt: number;
  readonly overAt: number;
  /** The labels of each alert that fires. */
  readonly labels: readonly Readonly<Record<string, string>>[];
  /** What stands for `{{ $value … }}` in the texts. */
  readonly value?: string;
  /** Samples that look alike and must never make it fire. */
  readonly neverBy?: Readonly<Record<string, string>>;
}

/** Samples that hold a value for some minutes each, one a minute. */
export const held = (...steps: readonly (readonly [value: number | "_", minutes: number])[]) =>
  steps
    .map(([value, minutes]) => (value === "_" ? `_x${minutes}` : `${value}+0x${minutes - 1}`))
    .join(" ");

/** Samples of a counter that grows by so much a minute, in phases. */
export function counted(...phases: readonly (readonly [perMinute: number, minutes: number])[]) {
  let value = 0;
  const texts = phases.map(([perMinute, minutes]) => {
    const text = `${value}+${perMinute}x${minutes - 1}`;
    value += perMinute * minutes;
    return text;
  });
  return texts.join(" ");
}

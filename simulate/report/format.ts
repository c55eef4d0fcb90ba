/** How figures are written. */

/** Seconds with two or three digits, minutes from 100 s on. */
export function duration(seconds: number): string {
  if (seconds < 0.05) return "0 s";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}

/** A part as percents. */
export function percent(part: number): string {
  const percents = 100 * part;
  return `${percents > 0 && percents < 1 ? percents.toFixed(1) : Math.round(percents)} %`;
}

/** Two significant digits, with spaces between thousands. */
export function rough(value: number): string {
  return spaced(Number(value.toPrecision(2)));
}

export function spaced(value: number): string {
  const [whole = "", fraction] = String(value).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, " ");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

export function money(value: number): string {
  return value.toFixed(2);
}

export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

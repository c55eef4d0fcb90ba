/** A table for people: a header, and columns as wide as their longest cell. */

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => string;
  /** For numbers. */
  readonly alignRight?: boolean;
}

/** The lines of the table; only the header when there are no rows. */
export function tableLines<T>(columns: readonly Column<T>[], rows: readonly T[]): string[] {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => cellsOf(columns, row))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  return cells.map((line) =>
    line
      .map((cell, i) =>
        columns[i]?.alignRight ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

function cellsOf<T>(columns: readonly Column<T>[], row: T): string[] {
  // A line break, or another control character of a file's name, would break the table.
  return columns.map(({ cell }) => cell(row).replace(/\p{Cc}+/gu, " "));
}

/** The spans of a trace as a plain table, in the order of the tree. */
import { STRINGS } from "../strings.js";
import { TableFrame } from "../widgets/table-frame.js";
import { timeText } from "./time-axis.js";
import type { Row } from "./visible-rows.js";

export function SpanTable({ rows }: { rows: readonly Row[] }) {
  const { span, service, start, duration, end, result, ok, attempt } = STRINGS.trace;
  return (
    <TableFrame label={STRINGS.trace.title}>
      <table class="table">
        <caption class="unseen">{STRINGS.trace.title}</caption>
        <thead>
          <tr>
            <th scope="col">{span}</th>
            <th scope="col">{service}</th>
            <th scope="col" class="number">
              {start}
            </th>
            <th scope="col" class="number">
              {duration}
            </th>
            <th scope="col" class="number">
              {end}
            </th>
            <th scope="col">{result}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const { spanId, name, startMs, durationMs, error } = row.span;
            return (
              <tr key={spanId}>
                <th scope="row">
                  {"· ".repeat(row.depth)}
                  {name}
                  {row.attempt && ` (${attempt(row.attempt.number, row.attempt.of)})`}
                </th>
                <td>{row.span.service}</td>
                <td class="number">{timeText(startMs)}</td>
                <td class="number">{timeText(durationMs)}</td>
                <td class="number">{timeText(startMs + durationMs)}</td>
                <td class={error === "" ? "" : "is-bad"}>{error || ok}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </TableFrame>
  );
}

/** Every reason of an error, what it means and what to do: the table of docs/errors.md. */
import { useEffect, useRef } from "preact/hooks";
import { callerShould } from "../../../../core/error-advice.js";
import { REASONS, type Reason } from "../../../../core/error-reasons.js";
import { STRINGS } from "../strings.js";
import "./errors.css";
import { TableFrame } from "../widgets/table-frame.js";

const ALL = Object.keys(REASONS) as Reason[];

/** `reason` is brought into view. */
export function ErrorsPage({ reason }: { reason: string | undefined }) {
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    row.current?.scrollIntoView({ block: "center" });
    row.current?.focus({ preventScroll: true });
  }, [reason]);
  return (
    <section class="page" aria-labelledby="errors-title">
      <h2 id="errors-title">{STRINGS.errors.title}</h2>
      <p class="quiet">{STRINGS.errors.intro}</p>
      <TableFrame label={STRINGS.errors.reason}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{STRINGS.errors.reason}</th>
              <th scope="col">{STRINGS.errors.meaning}</th>
              <th scope="col">{STRINGS.errors.advice}</th>
            </tr>
          </thead>
          <tbody>
            {ALL.map((each) => (
              <tr
                key={each}
                ref={each === reason ? row : null}
                tabIndex={each === reason ? -1 : undefined}
                class={each === reason ? "is-wanted" : undefined}
              >
                <th scope="row">
                  <code>{each}</code>
                </th>
                <td>{REASONS[each].meaning}</td>
                <td>{callerShould(each)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
    </section>
  );
}

/** What waits and what is in work, by stage and priority. */
import { STRINGS } from "../strings.js";
import { TableFrame } from "../widgets/table-frame.js";
import type { QueueRow } from "./mesh-status.js";

export function QueuesTable({ queues }: { queues: readonly QueueRow[] }) {
  const words = STRINGS.mesh;
  const [first] = queues;
  return (
    <section aria-labelledby="queues-title">
      <h3 id="queues-title">{words.queues}</h3>
      {!first && <p class="quiet">{words.noQueues}</p>}
      {first && (
        <TableFrame label={words.waitingInWork}>
          <table class="table queues">
            <caption class="quiet">{words.waitingInWork}</caption>
            <thead>
              <tr>
                <th scope="col">{words.stage}</th>
                {first.cells.map(({ priority }) => (
                  <th key={priority} scope="col" class="number">
                    {words.priority[priority]}
                  </th>
                ))}
                <th scope="col" class="number">
                  {words.slots}
                </th>
              </tr>
            </thead>
            <tbody>
              {queues.map(({ stage, cells, slots }) => (
                <tr key={stage}>
                  <th scope="row">{stage}</th>
                  {cells.map(({ priority, waiting, inWork }) => (
                    <td key={priority} class="number">
                      <span class="unseen">{words.cellWords(waiting, inWork)}</span>
                      <span
                        aria-hidden="true"
                        class={waiting > 0 ? "is-waiting" : inWork > 0 ? "is-running" : "quiet"}
                      >
                        {words.cell(waiting, inWork)}
                      </span>
                    </td>
                  ))}
                  <td class="number">{slots}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableFrame>
      )}
    </section>
  );
}

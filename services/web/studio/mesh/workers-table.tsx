/** The processes of the mesh: what they do, what they are, and the way to let one end. */
import type { WorkerJson } from "../../../../proto/gen/json/depthmesh/v1/admin_service_pb.js";
import { Facts, inWords } from "../errors/trouble-box.js";
import { STRINGS } from "../strings.js";
import type { Question } from "../widgets/confirm-dialog.js";
import { nowMs } from "../widgets/now.js";
import { betweenText } from "../widgets/times.js";
import { type WorkerWord, workerId, workersInOrder, workerWord } from "./mesh-status.js";
import { busy, drain } from "./mesh-store.js";

const TONES: Readonly<Record<WorkerWord, string>> = {
  serving: "is-good",
  draining: "is-waiting",
  unreachable: "is-bad",
  unknown: "is-quiet",
};

interface WorkersTableProps {
  readonly workers: readonly WorkerJson[];
  readonly ask: (question: Question) => void;
}

export function WorkersTable({ workers, ask }: WorkersTableProps) {
  const words = STRINGS.mesh;
  return (
    <section aria-labelledby="workers-title">
      <h3 id="workers-title">{words.workers}</h3>
      {workers.length === 0 && <p class="empty">{words.noWorkers}</p>}
      <ul class="workers">
        {workersInOrder(workers).map((worker) => (
          <WorkerRow key={worker.name} worker={worker} ask={ask} />
        ))}
      </ul>
    </section>
  );
}

function WorkerRow({ worker, ask }: { worker: WorkerJson; ask: WorkersTableProps["ask"] }) {
  const { name = "", service = "", slots = 0, running = 0, address = "", version = "" } = worker;
  const words = STRINGS.mesh;
  const id = workerId(name);
  const state = workerWord(worker.state);
  const up = betweenText(worker.startTime, undefined, nowMs.value);
  const confirm = () =>
    ask({
      ...words.confirmDrain,
      title: words.confirmDrain.title(id),
      act: () => void drain(name),
    });
  return (
    <li class="worker">
      <strong>{service}</strong>
      <span class={`badge ${TONES[state]}`}>{words.stateWord[state]}</span>
      <span class="worker-slots">
        {slots > 0 && (
          <>
            <span class="unseen">{words.inWork}: </span>
            {words.of(running, slots)}
            <span class="slot-dots" aria-hidden="true">
              {"●".repeat(Math.min(running, 16))}
              {"○".repeat(Math.max(0, Math.min(slots, 16) - running))}
            </span>
          </>
        )}
      </span>
      <details>
        <summary>
          <span class="unseen">{words.details(id)}</span>
          <span aria-hidden="true">{id}</span>
        </summary>
        <Facts
          facts={[
            ...(up === undefined ? [] : [[words.up, up] as const]),
            [words.address, address],
            [words.version, version],
            ...inWords(Object.entries(worker.facts ?? {})),
          ]}
        />
      </details>
      {/* A gateway takes no orders that it could stop taking. */}
      {service !== "gateway" && state === "serving" && (
        <button
          type="button"
          class="button small"
          aria-label={words.drainOf(id)}
          disabled={busy.value.has(name)}
          onClick={confirm}
        >
          {words.drain}
        </button>
      )}
    </li>
  );
}

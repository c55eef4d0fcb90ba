/** The page `#/mesh`: for operators what the mesh does, for everybody what it can make. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { sizeText } from "../../../../core/quantity-text.js";
import type { GetSystemStatusResponseJson } from "../../../../proto/gen/json/depthmesh/v1/admin_service_pb.js";
import { Facts, TroubleBox } from "../errors/trouble-box.js";
import { jobId } from "../jobs/job-state.js";
import { isOperator } from "../state/roles.js";
import { STRINGS } from "../strings.js";
import { ConfirmDialog, type Question } from "../widgets/confirm-dialog.js";
import { AbilitiesSection } from "./abilities-section.js";
import { DeadLetters } from "./dead-letters.js";
import { isStuck, jobCounts, queueRows } from "./mesh-status.js";
import { askAgain, followMesh, refusal, said, status, statusTrouble } from "./mesh-store.js";
import { QueuesTable } from "./queues-table.js";
import { WorkersTable } from "./workers-table.js";
import "./mesh.css";

export function MeshPage() {
  return (
    <section class="page mesh-page" aria-labelledby="mesh-title">
      <h2 id="mesh-title">{STRINGS.mesh.title}</h2>
      {isOperator.value === false && <NotOperator />}
      {isOperator.value && <OperatorView />}
      <AbilitiesSection />
    </section>
  );
}

function NotOperator() {
  return (
    <div class="notice">
      <strong>{STRINGS.mesh.notOperator}</strong>
      <p>{STRINGS.mesh.notOperatorHint}</p>
    </div>
  );
}

function OperatorView() {
  useEffect(followMesh, []);
  const question = useSignal<Question | undefined>(undefined);
  const ask = (next: Question) => {
    question.value = next;
  };
  const { text, job } = said.value;
  return (
    <>
      {statusTrouble.value && <TroubleBox trouble={statusTrouble.value} onAgain={askAgain} />}
      {refusal.value && <TroubleBox trouble={refusal.value} />}
      <p class="said" role="status">
        {text} {job && <a href={`#/jobs/${jobId(job)}`}>{jobId(job)}</a>}
      </p>
      {!status.value && !statusTrouble.value && <p class="quiet">{STRINGS.mesh.loading}</p>}
      {status.value && <MeshView status={status.value} ask={ask} />}
      <DeadLetters ask={ask} />
      <ConfirmDialog
        question={question.value}
        onClosed={() => {
          question.value = undefined;
        }}
      />
    </>
  );
}

interface MeshViewProps {
  readonly status: GetSystemStatusResponseJson;
  readonly ask: (question: Question) => void;
}

function MeshView({ status: { mesh = {}, workers = [], problems = [] }, ask }: MeshViewProps) {
  const queues = queueRows(mesh.queues ?? [], workers);
  const all = [
    ...(mesh.natsConnected ? [] : [STRINGS.mesh.noNats]),
    ...problems,
    ...queues.filter(isStuck).map(({ stage, waiting }) => STRINGS.mesh.stuck(stage, waiting)),
  ];
  const freeBytes = Number(mesh.freeBytes ?? 0);
  const counts = jobCounts(mesh)
    .map(({ word, count }) => `${count} ${STRINGS.jobs.state[word] ?? word}`)
    .join(", ");
  return (
    <>
      <section aria-labelledby="problems-title">
        <h3 id="problems-title">{STRINGS.mesh.problems}</h3>
        {all.length === 0 && <p class="notice good">{STRINGS.mesh.noProblems}</p>}
        <ul class="problems">
          {[...new Set(all)].map((problem) => (
            <li key={problem} class="notice bad">
              {problem}
            </li>
          ))}
        </ul>
      </section>
      <section aria-label={STRINGS.mesh.facts}>
        <Facts
          facts={[
            [STRINGS.mesh.jobs, counts || STRINGS.mesh.noJobs],
            ...(freeBytes < 0 ? [] : [[STRINGS.mesh.freeDisk, sizeText(freeBytes)] as const]),
            [STRINGS.mesh.version, mesh.version ?? ""],
          ]}
        />
      </section>
      <WorkersTable workers={workers} ask={ask} />
      <QueuesTable queues={queues} />
    </>
  );
}

/** What is known about a mesh: from its gateway, from each of its workers, and from its disk. */
import { DepthmeshClient } from "../client/client.js";
import { askWorker } from "../client/worker.js";
import { toDepthmeshError } from "../core/errors.js";
import type { MeshFile } from "../launcher/mesh-file.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { PRIORITY_WORDS, STAGE_WORDS } from "../wire/enums.js";
import { type FolderFacts, folderFacts } from "./folder-size.js";
import { stateName } from "./print.js";

/** A process that is asked for its state and does not answer within this time hangs. */
const ANSWER_MS = 3_000;

export interface WorkerLine {
  readonly service: string;
  readonly address: string;
  /** serving, not_serving or unreachable */
  readonly state: string;
  readonly inWork: number;
  readonly slots: number;
}

export interface QueueLine {
  readonly stage: string;
  readonly priority: string;
  readonly waiting: number;
  readonly inWork: number;
}

export interface MeshStatus {
  readonly gateway: string;
  /** serving, or the reason of the error with which the gateway answered. */
  readonly state: string;
  readonly version: string | null;
  readonly natsConnected: boolean;
  /** Null for a mesh on another machine. */
  readonly pid: number | null;
  readonly data: FolderFacts | null;
  readonly workers: readonly WorkerLine[];
  readonly queues: readonly QueueLine[];
  /** Number of jobs by state. */
  readonly jobs: Readonly<Record<string, number>>;
}

/** `local` is the file of a mesh on this machine. Never rejects. */
export async function meshStatus(
  gateway: string,
  local: MeshFile | undefined,
): Promise<MeshStatus> {
  const client = new DepthmeshClient(gateway);
  try {
    const asked = client.getMeshStatus(AbortSignal.timeout(ANSWER_MS));
    const [answer, workers, data] = await Promise.all([
      asked.catch(toDepthmeshError),
      Promise.all((local?.workers ?? []).map(workerLine)),
      local ? folderFacts(local.data) : null,
    ]);
    const place = { gateway, pid: local?.pid ?? null, data, workers };
    if (answer instanceof Error) {
      const unknown = { version: null, natsConnected: false, queues: [], jobs: {} };
      return { ...place, state: answer.reason, ...unknown };
    }
    const { version, natsConnected } = answer;
    return {
      ...{ ...place, state: "serving", version, natsConnected },
      queues: answer.queues.map(({ stage, priority, waiting, inWork }) => ({
        stage: STAGE_WORDS.word(stage, "stage") ?? "",
        priority: PRIORITY_WORDS.word(priority, "priority") ?? "",
        ...{ waiting, inWork },
      })),
      jobs: Object.fromEntries(
        answer.jobs
          .sort((a, b) => order(a.state) - order(b.state))
          .map(({ state, jobs }) => [stateName(state), jobs]),
      ),
    };
  } finally {
    client.close();
  }
}

/** As a job passes them. */
const order = (state: JobState) => Object.values<number>(JobState).indexOf(state);

async function workerLine({ service, address }: MeshFile["workers"][number]): Promise<WorkerLine> {
  const { state, description } = await askWorker(address, ANSWER_MS);
  const { running = 0, slots = 0 } = description ?? {};
  return { service, address, state: state.toLowerCase(), inWork: running, slots };
}

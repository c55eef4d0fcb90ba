/** What is known about a mesh: from its gateway, from each of its workers, and from its disk. */
import { AdminClient } from "../client/admin-client.js";
import type { ConnectOptions } from "../client/channel.js";
import { askWorker } from "../client/worker.js";
import { toDepthmeshError } from "../core/errors.js";
import type { MeshFile } from "../launcher/mesh-file.js";
import { accessTo } from "../launcher/mesh-file-access.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { PRIORITY_WORDS, STAGE_WORDS } from "../wire/enums.js";
import { errorAdvice } from "./error-text.js";
import { type FolderFacts, folderFacts } from "./folder-size.js";
import { stateName } from "./print.js";
import { askedLine, listedLine, type WorkerLine } from "./worker-line.js";

/** A process that is asked for its state and does not answer within this time hangs. */
const ANSWER_MS = 3_000;

/** What a caller is told who may not ask for the state of the mesh. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...["CREDENTIALS_MISSING", "CREDENTIALS_INVALID", "CREDENTIALS_EXPIRED", "ROLE_REQUIRED"],
]);

export interface QueueLine {
  readonly stage: string;
  readonly priority: string;
  readonly waiting: number;
  readonly inWork: number;
}

export interface MeshStatus {
  readonly gateway: string;
  readonly admin: string;
  /** Where the studio is, if this machine runs it. */
  readonly studio: string | null;
  /** serving, or the reason of the error with which the gateway answered. */
  readonly state: string;
  /** The gateway answers, but tells this caller nothing: it showed no key, or not an operator's. */
  readonly refused: boolean;
  readonly version: string | null;
  /** Null where the gateway has not told. */
  readonly natsConnected: boolean | null;
  /** Null for a mesh on another machine. */
  readonly pid: number | null;
  readonly data: FolderFacts | null;
  readonly workers: readonly WorkerLine[];
  readonly queues: readonly QueueLine[];
  /** Number of jobs by state. */
  readonly jobs: Readonly<Record<string, number>>;
  /** What is wrong, in sentences. */
  readonly problems: readonly string[];
}

/**
 * Asks the gateway with the public port `gateway` on its admin port; `local` is the file of a mesh
 * on this machine. Never rejects.
 */
export async function meshStatus(
  gateway: string,
  admin: string,
  local: MeshFile | undefined,
  access: ConnectOptions,
): Promise<MeshStatus> {
  const client = new AdminClient(admin, access);
  try {
    const asked = client.getSystemStatus(AbortSignal.timeout(ANSWER_MS));
    const [answer, data] = await Promise.all([
      asked.catch(toDepthmeshError),
      local ? folderFacts(local.data) : null,
    ]);
    const studio = local?.web ? `${local.web}/` : null;
    const place = { gateway, admin, studio, pid: local?.pid ?? null, data };
    if (answer instanceof Error) {
      const unknown = { version: null, natsConnected: null, queues: [], jobs: {} };
      const workers = local ? await workerLines(local) : [];
      const refused = REFUSALS.has(answer.reason);
      const problem = refused ? "the gateway refuses this caller" : "the gateway does not answer";
      const advice = errorAdvice(answer);
      const problems = [`${problem}: ${answer.message}${advice ? `; ${advice}` : ""}`];
      return { ...place, state: answer.reason, refused, workers, ...unknown, problems };
    }
    const { version = "", natsConnected = false, queues = [], jobs = [] } = answer.mesh ?? {};
    return {
      ...{ ...place, state: "serving", refused: false, version, natsConnected },
      problems: answer.problems,
      workers: answer.workers.map(listedLine),
      queues: queues.map(({ stage, priority, waiting, inWork }) => ({
        stage: STAGE_WORDS.word(stage, "stage") ?? "",
        priority: PRIORITY_WORDS.word(priority, "priority") ?? "",
        ...{ waiting, inWork },
      })),
      jobs: Object.fromEntries(
        jobs
          .sort((a, b) => order(a.state) - order(b.state))
          .map(({ state, jobs: count }) => [stateName(state), count]),
      ),
    };
  } finally {
    client.close();
  }
}

/** As a job passes them. */
const order = (state: JobState) => Object.values<number>(JobState).indexOf(state);

function workerLines(mesh: MeshFile): Promise<WorkerLine[]> {
  const access = accessTo(mesh);
  const lines = mesh.workers.map(async (worker) =>
    askedLine(worker, await askWorker(worker.address, ANSWER_MS, access)),
  );
  return Promise.all(lines);
}

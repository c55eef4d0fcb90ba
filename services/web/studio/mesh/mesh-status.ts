/** The state of the mesh in the order and the words that a page shows it in. */
import type {
  GetMeshStatusResponseJson,
  StageQueueJson,
  WorkerJson,
  WorkerStateJson,
} from "../../../../proto/gen/json/depthmesh/v1/admin_service_pb.js";
import { type StateWord, stateWord } from "../jobs/job-state.js";

/** As an order passes them. */
const SERVICES = ["gateway", "depth", "render", "encode"];
const PRIORITIES = ["high", "normal", "low"] as const;
export type PriorityWord = (typeof PRIORITIES)[number];

/** `JOB_STAGE_DEPTH` is `depth`. */
export function stageWord(stage: string | undefined): string {
  return (stage ?? "").replace("JOB_STAGE_", "").toLowerCase();
}

/** By service, then by name. */
export function workersInOrder(workers: readonly WorkerJson[]): WorkerJson[] {
  const place = ({ service = "" }: WorkerJson) => {
    const at = SERVICES.indexOf(service);
    return at < 0 ? SERVICES.length : at;
  };
  return [...workers].sort(
    (a, b) => place(a) - place(b) || (a.name ?? "").localeCompare(b.name ?? ""),
  );
}

export type WorkerWord = "serving" | "draining" | "unreachable" | "unknown";

export function workerWord(state: WorkerStateJson | undefined): WorkerWord {
  switch (state) {
    case "WORKER_STATE_SERVING":
      return "serving";
    case "WORKER_STATE_DRAINING":
      return "draining";
    case "WORKER_STATE_UNREACHABLE":
      return "unreachable";
    default:
      return "unknown";
  }
}

/** The name within `workers/{worker}`. */
export function workerId(name: string | undefined): string {
  return (name ?? "").replace(/^workers\//, "");
}

export interface QueueRow {
  readonly stage: string;
  /** Orders that no worker has taken, and those in work, by priority. */
  readonly cells: readonly {
    readonly priority: PriorityWord;
    readonly waiting: number;
    readonly inWork: number;
  }[];
  readonly waiting: number;
  readonly inWork: number;
  /** Orders that all workers of the stage can work on at once; 0 without one. */
  readonly slots: number;
}

/** A row for each stage that has queues, with the workers' slots beside them. */
export function queueRows(
  queues: readonly StageQueueJson[],
  workers: readonly WorkerJson[],
): QueueRow[] {
  const stages = [...new Set(queues.map(({ stage }) => stageWord(stage)))];
  return stages.map((stage) => {
    const ofStage = queues.filter((queue) => stageWord(queue.stage) === stage);
    const cells = PRIORITIES.map((priority) => {
      const queue = ofStage.find((each) => each.priority === `PRIORITY_${priority.toUpperCase()}`);
      return { priority, waiting: Number(queue?.waiting ?? 0), inWork: Number(queue?.inWork ?? 0) };
    });
    const serving = workers.filter(
      ({ service, state }) => service === stage && workerWord(state) === "serving",
    );
    return {
      stage,
      cells,
      waiting: sum(cells.map(({ waiting }) => waiting)),
      inWork: sum(cells.map(({ inWork }) => inWork)),
      slots: sum(serving.map(({ slots = 0 }) => slots)),
    };
  });
}

/** A queue without a worker of its stage stands still: people are told, whatever else is wrong. */
export function isStuck({ waiting, slots }: QueueRow): boolean {
  return waiting > 0 && slots === 0;
}

const ORDER: readonly StateWord[] = [
  ...([
    "queued",
    "depth",
    "render",
    "encode",
    "succeeded",
    "failed",
    "cancelled",
    "expired",
  ] as const),
];

/** As a job passes them; states without jobs are left out. */
export function jobCounts({
  jobs = [],
}: GetMeshStatusResponseJson): { readonly word: StateWord; readonly count: number }[] {
  return jobs
    .map(({ state, jobs: count }) => ({ word: stateWord(state), count: Number(count ?? 0) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => ORDER.indexOf(a.word) - ORDER.indexOf(b.word));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

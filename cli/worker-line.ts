/** How commands show a process of the mesh. */
import type { WorkerState as AskedState } from "../client/worker.js";
import type { MeshFile } from "../launcher/mesh-file.js";
import { type Worker, WorkerState } from "../proto/gen/depthmesh/v1/admin_service.js";

export interface WorkerLine {
  /** `workers/<name>`; empty for a process that only its address is known of. */
  readonly name: string;
  readonly service: string;
  readonly address: string;
  /** serving, draining, not_serving or unreachable */
  readonly state: string;
  readonly inWork: number;
  readonly slots: number;
  readonly version: string | null;
  readonly startTime: string | null;
}

/** A process as the gateway lists it. */
export function listedLine(worker: Worker): WorkerLine {
  const { name, service, address, state, running, slots, version, startTime } = worker;
  return {
    ...{
      name,
      service,
      address,
      state: STATE_WORDS.get(state) ?? "?",
      inWork: running,
      slots,
      version,
    },
    startTime: startTime?.toISOString() ?? null,
  };
}

/** A process of this machine's mesh as it answered itself. */
export function askedLine(
  { service, address }: MeshFile["workers"][number],
  { state, description }: AskedState,
): WorkerLine {
  const { worker, running = 0, slots = 0, version = null, draining } = description ?? {};
  return {
    ...{ name: worker ? `workers/${worker}` : "", service, address },
    state: draining ? "draining" : state.toLowerCase(),
    ...{ inWork: running, slots, version, startTime: null },
  };
}

const STATE_WORDS = new Map<WorkerState, string>([
  [WorkerState.WORKER_STATE_SERVING, "serving"],
  [WorkerState.WORKER_STATE_DRAINING, "draining"],
  [WorkerState.WORKER_STATE_UNREACHABLE, "unreachable"],
]);

export const WORKER_COLUMNS = [
  { title: "WORKER", cell: ({ service }: WorkerLine) => service },
  { title: "ADDRESS", cell: ({ address }: WorkerLine) => address },
  { title: "STATE", cell: ({ state }: WorkerLine) => state },
  {
    title: "IN WORK",
    cell: ({ inWork, slots }: WorkerLine) => (slots > 0 ? `${inWork} of ${slots}` : "-"),
  },
];

/** Asks the processes that have announced themselves for their state, all at once. */
import { DepthmeshError } from "../../../core/errors.js";
import type { ProcessFacts } from "../../../kit/process/self.js";
import { callUnary, meshClient } from "../../../kit/rpc/client.js";
import {
  type DrainResponse,
  type WorkerDescription,
  WorkerServiceClient,
} from "../../../proto/gen/depthmesh/stage/v1/worker_service.js";
import { type Worker, WorkerState } from "../../../proto/gen/depthmesh/v1/admin_service.js";

/** A process that does not answer within this time counts as unreachable. */
const ANSWER_MS = 1_500;
const DRAIN_ANSWER_MS = 5_000;

const ORDER = ["gateway", "depth", "render", "encode"];

/** Every announced process with its state of now, by service and name. Never rejects. */
export async function askFleet(announced: Iterable<ProcessFacts>): Promise<Worker[]> {
  const workers = await Promise.all([...announced].map(askProcess));
  return workers.sort(
    (a, b) => ORDER.indexOf(a.service) - ORDER.indexOf(b.service) || (a.name < b.name ? -1 : 1),
  );
}

async function askProcess(facts: ProcessFacts): Promise<Worker> {
  const description = await describe(facts).catch(() => undefined);
  // Another process may have the address of one that has died.
  const isItself = description?.worker === facts.worker;
  return {
    name: workerName(facts.worker),
    ...{ service: facts.service, version: facts.version, address: facts.address },
    slots: facts.slots,
    startTime: new Date(facts.startTimeMs),
    state: isItself ? stateOf(description) : WorkerState.WORKER_STATE_UNREACHABLE,
    running: isItself ? description.running : 0,
    facts: isItself ? description.facts : {},
  };
}

const stateOf = ({ draining }: WorkerDescription) =>
  draining ? WorkerState.WORKER_STATE_DRAINING : WorkerState.WORKER_STATE_SERVING;

function describe({ address }: ProcessFacts): Promise<WorkerDescription> {
  return withWorkerClient(address, (client) =>
    callUnary<WorkerDescription>(
      (metadata, callback) => client.describe({}, metadata, callback),
      AbortSignal.timeout(ANSWER_MS),
    ),
  );
}

/** Asks a process to drain. Throws WORKER_NOT_FOUND, SERVICE_UNAVAILABLE. */
export async function drainProcess({ worker, address }: ProcessFacts): Promise<void> {
  await withWorkerClient(address, (client) =>
    callUnary<DrainResponse>(
      (metadata, callback) => client.drain({ worker }, metadata, callback),
      AbortSignal.timeout(DRAIN_ANSWER_MS),
    ),
  );
}

/** Calls `use` with a client of the process at this address, which is closed after it. */
export async function withWorkerClient<T>(
  address: string,
  use: (client: WorkerServiceClient) => Promise<T>,
): Promise<T> {
  const client = meshClient(WorkerServiceClient, address);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

const PREFIX = "workers/";

export const workerName = (worker: string) => PREFIX + worker;

/** The announced process of this resource name. Throws WORKER_NOT_FOUND. */
export function findWorker(announced: Iterable<ProcessFacts>, name: string): ProcessFacts {
  const found = [...announced].find(({ worker }) => workerName(worker) === name);
  if (found) return found;
  const message = `no process of the mesh is called "${name}"; ListWorkers has their names`;
  throw new DepthmeshError("WORKER_NOT_FOUND", message, { metadata: { name } });
}

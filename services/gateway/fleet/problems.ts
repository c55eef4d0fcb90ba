/** Says in words what is wrong with a mesh, from what is known about it. */
import { STAGES } from "../../../pipeline/stages.js";
import {
  rendererUnreachable,
  UNREACHABLE_RENDERERS,
} from "../../../pipeline/worker/renderer-unreachable.js";
import {
  type GetMeshStatusResponse,
  type Worker,
  WorkerState,
} from "../../../proto/gen/depthmesh/v1/admin_service.js";
import { STAGE_WORDS } from "../../../wire/enums.js";

/** What the disk of the gateway should have free. */
export interface RoomWanted {
  readonly minFreeMib: number;
}

const MIB = 1024 * 1024;

/** Sentences for people, the most urgent first; none where nothing is wrong. */
export function problemsOf(
  mesh: GetMeshStatusResponse,
  workers: readonly Worker[],
  { minFreeMib }: RoomWanted,
): string[] {
  if (!mesh.natsConnected) {
    return [
      "the gateway does not reach NATS: jobs wait until it returns",
      ...disk(mesh, minFreeMib),
    ];
  }
  return [
    ...STAGES.flatMap((stage) => withoutWorker(mesh, workers, stage)),
    ...disk(mesh, minFreeMib),
    ...unreachable(workers),
    ...renderers(workers),
    ...versions(workers),
  ];
}

function withoutWorker(
  { queues }: GetMeshStatusResponse,
  workers: readonly Worker[],
  stage: (typeof STAGES)[number],
): string[] {
  const ofStage = workers.filter(({ service }) => service === stage);
  if (ofStage.some(({ state }) => state === WorkerState.WORKER_STATE_SERVING)) return [];
  const waiting = queues
    .filter((queue) => STAGE_WORDS.word(queue.stage, "stage") === stage)
    .reduce((sum, queue) => sum + queue.waiting, 0);
  const draining = ofStage.some(({ state }) => state === WorkerState.WORKER_STATE_DRAINING);
  const why = draining ? `every ${stage} worker drains` : `no ${stage} worker serves`;
  const effect = waiting > 0 ? `${waiting} orders wait for one` : "jobs will wait for one";
  return [`${why}: ${effect}`];
}

function disk({ freeBytes }: GetMeshStatusResponse, minFreeMib: number): string[] {
  // Below 0 it is not known.
  if (freeBytes < 0 || freeBytes >= minFreeMib * MIB) return [];
  const free = Math.floor(freeBytes / MIB);
  return [
    `the disk of the blob store has ${free} MiB free; uploads are refused below ${minFreeMib} MiB`,
  ];
}

function unreachable(workers: readonly Worker[]): string[] {
  return workers
    .filter(({ state }) => state === WorkerState.WORKER_STATE_UNREACHABLE)
    .map(
      ({ name, address }) => `${name} does not answer at ${address}; it is forgotten in a minute`,
    );
}

/** Encode workers tell which renderers they cannot connect to; one that is gone is no problem. */
function renderers(workers: readonly Worker[]): string[] {
  const announced = workers.filter(({ service }) => service === "render");
  const addresses = new Set(announced.map(({ address }) => address));
  return workers.flatMap(({ name, facts }) =>
    (facts[UNREACHABLE_RENDERERS] ?? "")
      .split(" ")
      .filter((address) => addresses.has(address))
      .map((address) => `${name}: ${rendererUnreachable(address).message}`),
  );
}

function versions(workers: readonly Worker[]): string[] {
  const found = [...new Set(workers.map(({ version }) => version))].sort();
  return found.length > 1 ? [`processes of different versions serve: ${found.join(", ")}`] : [];
}

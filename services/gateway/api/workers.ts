/** ListWorkers, DrainWorker and GetSystemStatus of AdminService: the processes of the mesh. */
import { DepthmeshError } from "../../../core/errors.js";
import { STAGES } from "../../../pipeline/stages.js";
import type {
  DrainWorkerRequest,
  DrainWorkerResponse,
  GetSystemStatusResponse,
  ListWorkersRequest,
  ListWorkersResponse,
} from "../../../proto/gen/depthmesh/v1/admin_service.js";
import type { GatewayContext } from "../context.js";
import { askFleet, drainProcess, findWorker } from "../fleet/ask-fleet.js";
import { problemsOf } from "../fleet/problems.js";
import { getMeshStatus, type JobCounter } from "./mesh-status.js";

const SERVICES: readonly string[] = ["gateway", ...STAGES];

/** Throws PARAMETER_OUT_OF_RANGE for a service that no mesh has. */
export async function listWorkers(
  { fleet }: Pick<GatewayContext, "fleet">,
  { service }: ListWorkersRequest,
): Promise<ListWorkersResponse> {
  if (service !== "" && !SERVICES.includes(service)) {
    const message = `there is no service of this name; choose one of ${SERVICES.join(", ")}`;
    throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, {
      metadata: { field: "service", known: SERVICES.join(" ") },
    });
  }
  const asked = [...fleet.live.values()].filter((one) => service === "" || one.service === service);
  return { workers: await askFleet(asked) };
}

/** Throws WORKER_NOT_FOUND, and SERVICE_UNAVAILABLE where the process does not answer. */
export async function drainWorker(
  { fleet, log }: Pick<GatewayContext, "fleet" | "log">,
  { name }: DrainWorkerRequest,
): Promise<DrainWorkerResponse> {
  const facts = findWorker(fleet.live.values(), name);
  await drainProcess(facts);
  log.info({ drained: facts.worker }, "an operator drains a process");
  return {};
}

export async function getSystemStatus(
  context: GatewayContext,
  jobs: JobCounter,
): Promise<GetSystemStatusResponse> {
  const [mesh, workers] = await Promise.all([
    getMeshStatus(context, jobs),
    askFleet(context.fleet.live.values()),
  ]);
  return { mesh, workers, problems: problemsOf(mesh, workers, context.config) };
}

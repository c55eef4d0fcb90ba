/** Asks one process of a mesh what it does; every service answers. */
import { callUnary, meshClient } from "../kit/rpc/client.js";
import { askHealth, type HealthStatus } from "../kit/rpc/health.js";
import type { MeshAccess } from "../kit/rpc/mesh-access.js";
import {
  type WorkerDescription,
  WorkerServiceClient,
} from "../proto/gen/depthmesh/stage/v1/worker_service.js";

export interface WorkerState {
  /** `UNREACHABLE` if nobody answers at the address. */
  readonly state: HealthStatus | "UNREACHABLE";
  /** Undefined if nobody answers. */
  readonly description: WorkerDescription | undefined;
}

/**
 * The state of the process that listens at host:port. Never rejects; answers within `timeoutMs`.
 */
export async function askWorker(
  address: string,
  timeoutMs: number,
  access: MeshAccess,
): Promise<WorkerState> {
  const client = meshClient(WorkerServiceClient, address, { access });
  try {
    const described = callUnary<WorkerDescription>(
      (metadata, callback) => client.describe({}, metadata, callback),
      AbortSignal.timeout(timeoutMs),
    );
    const [state, description] = await Promise.all([
      askHealth(address, timeoutMs, access),
      described,
    ]);
    return { state, description };
  } catch {
    return { state: "UNREACHABLE", description: undefined };
  } finally {
    client.close();
  }
}

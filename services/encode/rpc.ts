/** Encode is worked by orders alone for now: its server has health, reflection and WorkerService. */
import type { RpcService } from "../../kit/rpc/server.js";

export function encodeServices(): RpcService[] {
  return [];
}

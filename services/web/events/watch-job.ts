/** The events of a job to its end, over gateways that stop and return. */
import { toDepthmeshError } from "../../../core/errors.js";
import { Patience } from "../../../kit/rpc/patience.js";
import { JobEvent } from "../../../proto/gen/depthmesh/v1/job.js";
import { WatchJobRequest } from "../../../proto/gen/depthmesh/v1/job_service.js";
import { methodOf } from "../json/descriptors.js";
import { decodeToJson } from "../json/proto-json.js";
import type { Caller, GatewayClient } from "../upstream/gateway-client.js";
import type { SentEvent } from "./event-stream.js";

const WATCH_JOB = methodOf("JobService.WatchJob");

/**
 * Entries of the history after number `afterEvent` without gap or repeat, with progress and
 * heartbeats between them, and an event `end` after the last one. Throws the DepthmeshError that
 * the gateway answers with, or that it cannot be reached for a minute.
 */
export async function* watchJob(
  gateway: Pick<GatewayClient, "serverStream">,
  name: string,
  afterEvent: number,
  caller: Caller,
): AsyncGenerator<SentEvent> {
  const patience = new Patience({ signal: caller.signal });
  let last = afterEvent;
  for (;;) {
    const request = WatchJobRequest.encode({ name, afterEvent: last }).finish();
    try {
      for await (const bytes of gateway.serverStream(WATCH_JOB, request, caller)) {
        patience.answered();
        const { number, kind } = JobEvent.decode(bytes);
        if (!kind) continue;
        if (kind.$case === "stateChange") {
          if (number <= last) continue;
          last = number;
        }
        yield { id: number, event: kind.$case, data: decodeToJson(WATCH_JOB.output, bytes) };
      }
      yield { id: last, event: "end", data: {} };
      return;
    } catch (error) {
      await patience.after(toDepthmeshError(error));
    }
  }
}

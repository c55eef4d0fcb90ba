/** GetMeshStatus of AdminService: queues, jobs by state, NATS and room on the disk. */
import { VERSION } from "../../../kit/process/package-path.js";
import type { JobState } from "../../../pipeline/record/record.js";
import { LANES, type Lane, STAGES, type Stage } from "../../../pipeline/stages.js";
import { workConsumer, workStream } from "../../../pipeline/topology/names.js";
import type {
  GetMeshStatusResponse,
  StageQueue,
} from "../../../proto/gen/depthmesh/v1/admin_service.js";
import { PRIORITY_WORDS, STAGE_WORDS } from "../../../wire/enums.js";
import { toWireState } from "../../../wire/job.js";
import type { GatewayContext } from "../context.js";
import { freeBytesOf } from "../upload/free-space.js";

/** What the handler asks of maintenance. */
export interface JobCounter {
  countJobs(): Promise<ReadonlyMap<JobState, number>>;
}

export async function getMeshStatus(
  context: GatewayContext,
  maintenance: JobCounter,
): Promise<GetMeshStatusResponse> {
  const { bus, config } = context;
  return {
    version: VERSION,
    natsConnected: bus.connectionState.isUp,
    queues: await queuesOf(context),
    jobs: [...(await maintenance.countJobs())].map(([state, jobs]) => ({
      state: toWireState(state),
      jobs,
    })),
    freeBytes: (await freeBytesOf(config)) ?? -1,
  };
}

/** None while NATS is away: it alone knows its queues. */
async function queuesOf({ bus }: GatewayContext): Promise<StageQueue[]> {
  const places = STAGES.flatMap((stage) => LANES.map((lane) => [stage, lane] as const));
  const queue = async ([stage, lane]: readonly [Stage, Lane]): Promise<StageQueue> => {
    const info = await bus.manager.consumers.info(workStream(stage), workConsumer(stage, lane));
    return {
      stage: STAGE_WORDS.number(stage, "stage"),
      priority: PRIORITY_WORDS.number(lane, "priority"),
      waiting: info.num_pending,
      inWork: info.num_ack_pending,
    };
  };
  return Promise.all(places.map(queue)).catch((error) => {
    if (bus.connectionState.isUp) throw error;
    return [];
  });
}

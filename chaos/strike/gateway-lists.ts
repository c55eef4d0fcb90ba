/** The lists of jobs of all gateways, over connections that are never cut. */
import { callUnary, meshClient } from "../../kit/rpc/client.js";
import { parseJobName } from "../../pipeline/record/id.js";
import { JobState } from "../../proto/gen/depthmesh/v1/job.js";
import {
  JobServiceClient,
  ListJobsRequest,
  type ListJobsResponse,
} from "../../proto/gen/depthmesh/v1/job_service.js";

const PAGE = 1_000;
const PREFIX = "JOB_STATE_";
const CALL_MS = 10_000;

export class GatewayLists {
  readonly #clients: readonly JobServiceClient[];

  /** `addresses`: of each gateway. */
  constructor(addresses: readonly string[]) {
    this.#clients = addresses.map((address) => meshClient(JobServiceClient, address));
  }

  /** For each gateway, the state of every job by its id. Throws why one does not tell. */
  all(): Promise<ReadonlyMap<string, string>[]> {
    return Promise.all(
      this.#clients.map((client, gateway) =>
        listed(client).catch((error) => {
          throw new Error(`gateway-${gateway} lists no jobs: ${error}`);
        }),
      ),
    );
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }
}

function nameOf(state: JobState): string {
  const [name = ""] = Object.entries(JobState).find(([, value]) => value === state) ?? [];
  return name.slice(PREFIX.length);
}

async function listed(client: JobServiceClient): Promise<ReadonlyMap<string, string>> {
  const states = new Map<string, string>();
  let pageToken = "";
  do {
    const request = ListJobsRequest.fromPartial({ pageSize: PAGE, pageToken });
    const { jobs, nextPageToken } = await callUnary<ListJobsResponse>(
      (metadata, callback) => client.listJobs(request, metadata, callback),
      AbortSignal.timeout(CALL_MS),
    );
    for (const { name, state } of jobs) states.set(parseJobName(name), nameOf(state));
    pageToken = nextPageToken;
  } while (pageToken !== "");
  return states;
}

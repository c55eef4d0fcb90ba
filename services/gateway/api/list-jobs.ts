/** ListJobs: pages of the jobs of a tenant that have certain states, labels and times. */
import { DepthmeshError } from "../../../core/errors.js";
import { canonicalJson } from "../../../core/spec/result-identity.js";
import type { Identity } from "../../../kit/rpc/identity.js";
import { fieldConflict, timeIn } from "../../../kit/rpc/requests.js";
import { isDeleted } from "../../../pipeline/record/deletion.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import { readIfReadable } from "../../../pipeline/record/stored-record.js";
import { Job } from "../../../proto/gen/depthmesh/v1/job.js";
import type {
  ListJobsRequest,
  ListJobsResponse,
} from "../../../proto/gen/depthmesh/v1/job_service.js";
import { fromWireState, toListedJob } from "../../../wire/job.js";
import type { Catalogue } from "../catalogue/catalogue.js";
import { type JobFilter, listIds } from "../catalogue/queries.js";
import type { GatewayContext } from "../context.js";
import type { JobIndex } from "../maintenance/job-index.js";
import { checkedTenant } from "../tenants/tenant-name.js";
import { checkedLabels } from "../upload/labels.js";
import { DEFAULT_PAGE_SIZE, pageOf } from "./paging.js";

/** In place of a tenant's name: those of all. */
const ALL_TENANTS = "*";

/** What the list asks of the index of records and of the catalogue. */
export interface JobLists {
  readonly index: Pick<JobIndex, "upToDate">;
  readonly catalogue: Pick<Catalogue, "ask" | "reaches">;
}

/** Ids that the catalogue is asked for beyond those of the page: some records may have changed. */
const SPARE_IDS = 16;
const MAX_IDS = 1_000;

/**
 * Newest first, from the catalogue: only the records of the page are read, and no specs.
 * Throws PARAMETER_OUT_OF_RANGE, PARAMETER_CONFLICT, PARAMETER_UNKNOWN, ROLE_REQUIRED for another
 * tenant's jobs, BUS_UNAVAILABLE, CATALOGUE_UNAVAILABLE.
 */
export async function listJobs(
  { store, pageTokens, outlook }: Pick<GatewayContext, "store" | "pageTokens" | "outlook">,
  { index, catalogue }: JobLists,
  request: ListJobsRequest,
  identity: Identity,
): Promise<ListJobsResponse> {
  const filter = filterOf(request, identity);
  const idsAfter = async function* (after: string | undefined) {
    // A caller must find the job that it has just created, and the state that it has just seen.
    await catalogue.reaches(await index.upToDate());
    const limit = Math.min(MAX_IDS, (request.pageSize || DEFAULT_PAGE_SIZE) + SPARE_IDS);
    for (let last = after; ; ) {
      const ids = await catalogue.ask((db) => listIds(db, filter, last, limit));
      yield* ids;
      if (ids.length < limit) return;
      last = ids.at(-1);
    }
  };
  const page = await pageOf(request, {
    filter: `jobs ${canonicalJson(filter)}`,
    tokens: pageTokens.of(identity.tenant),
    keys: idsAfter,
    read: async (id) => {
      const found = await readIfReadable(store, id);
      if (found === undefined || found === "unreadable") return undefined;
      const { record } = found;
      if (isDeleted(record) || !matches(record, filter)) return undefined;
      return toListedJob(record, outlook.of(record));
    },
    bytesOf: (job) => Job.encode(job).finish().length,
  });
  return { jobs: page.items, nextPageToken: page.nextPageToken };
}

function filterOf(request: ListJobsRequest, identity: Identity): JobFilter {
  const states = request.states.map((state) => fromWireState(state, "states"));
  const fromMs = timeIn("created_from", request.createdFrom);
  const beforeMs = timeIn("created_before", request.createdBefore);
  if (fromMs !== null && beforeMs !== null && fromMs > beforeMs) {
    throw fieldConflict("created_from is later than created_before", "created_from");
  }
  return {
    ...{ tenant: tenantOf(request, identity), fromMs, beforeMs },
    states: [...new Set(states)].sort(),
    labels: checkedLabels(request.labels),
  };
}

/** Undefined for the jobs of all tenants. Throws ROLE_REQUIRED, PARAMETER_OUT_OF_RANGE. */
function tenantOf({ tenant }: ListJobsRequest, identity: Identity): string | undefined {
  if (tenant === undefined || tenant === identity.tenant) return identity.tenant;
  if (!identity.roles.has("operator")) {
    const message = "only the role operator may list the jobs of another tenant";
    throw new DepthmeshError("ROLE_REQUIRED", message, { metadata: { role: "operator" } });
  }
  return tenant === ALL_TENANTS ? undefined : checkedTenant(tenant);
}

type ListedFacts = Pick<JobRecord, "tenant" | "state" | "createdAtMs" | "labels">;

function matches(job: ListedFacts, { tenant, states, labels, fromMs, beforeMs }: JobFilter) {
  return (
    (tenant === undefined || job.tenant === tenant) &&
    (states.length === 0 || states.includes(job.state)) &&
    (fromMs === null || job.createdAtMs >= fromMs) &&
    (beforeMs === null || job.createdAtMs < beforeMs) &&
    Object.entries(labels).every(([key, value]) => hasLabel(job, key, value))
  );
}

function hasLabel({ labels = {} }: ListedFacts, key: string, value: string): boolean {
  return Object.hasOwn(labels, key) && labels[key] === value;
}

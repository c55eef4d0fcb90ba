/** GetCatalogueStatus, RebuildCatalogue and ListUsage of AdminService: the catalogue of jobs. */
import { canonicalJson } from "../../../core/spec/result-identity.js";
import type { Identity } from "../../../kit/rpc/identity.js";
import { fieldConflict, timeIn } from "../../../kit/rpc/requests.js";
import {
  DailyUsage,
  type GetCatalogueStatusResponse,
  type ListUsageRequest,
  type ListUsageResponse,
  type RebuildCatalogueResponse,
} from "../../../proto/gen/depthmesh/v1/admin_service.js";
import { CATALOGUE_STATE_WORDS } from "../../../wire/enums.js";
import { type CatalogueSize, sizeOf } from "../catalogue/size.js";
import { type UsageOfDay, usageByDay } from "../catalogue/usage.js";
import type { GatewayContext } from "../context.js";
import { checkedTenant } from "../tenants/tenant-name.js";
import type { JobLists } from "./list-jobs.js";
import { DEFAULT_PAGE_SIZE, pageOf } from "./paging.js";

const UNKNOWN: CatalogueSize = { engine: "", jobs: 0, sizeBytes: 0 };

/** Opens nothing: a closed catalogue stays closed. Throws BUS_UNAVAILABLE. */
export async function getCatalogueStatus({
  catalogue,
  store,
}: Pick<GatewayContext, "catalogue" | "store">): Promise<GetCatalogueStatusResponse> {
  const isAsked = catalogue.isInUse && catalogue.status.state !== "away";
  const size = isAsked ? await catalogue.ask(sizeOf).catch(() => UNKNOWN) : UNKNOWN;
  const last = await store.lastRevision();
  const { state, isEmbedded, place, revision, done, total, trouble } = catalogue.status;
  const engine = isEmbedded && size.engine !== "" ? `PGlite, ${size.engine}` : size.engine;
  return {
    ...{
      state: CATALOGUE_STATE_WORDS.number(state, "state"),
      engine,
      embedded: isEmbedded,
      place,
      revision,
      done,
      total,
    },
    ...{ behind: Math.max(0, last - revision), jobs: size.jobs, sizeBytes: size.sizeBytes },
    trouble: trouble.slice(0, 500),
  };
}

export function rebuildCatalogue(
  { catalogue, log }: Pick<GatewayContext, "catalogue" | "log">,
  { caller }: Identity,
): RebuildCatalogueResponse {
  log.info({ caller }, "an operator has the catalogue of jobs rebuilt");
  catalogue.rebuild();
  return {};
}

/**
 * Throws PARAMETER_OUT_OF_RANGE, PARAMETER_CONFLICT, BUS_UNAVAILABLE, CATALOGUE_UNAVAILABLE.
 */
export async function listUsage(
  { pageTokens }: Pick<GatewayContext, "pageTokens">,
  { index, catalogue }: JobLists,
  request: ListUsageRequest,
  identity: Identity,
): Promise<ListUsageResponse> {
  const fromMs = timeIn("created_from", request.createdFrom);
  const beforeMs = timeIn("created_before", request.createdBefore);
  if (fromMs !== null && beforeMs !== null && fromMs > beforeMs) {
    throw fieldConflict("created_from is later than created_before", "created_from");
  }
  const tenant = request.tenant === "" ? undefined : checkedTenant(request.tenant);
  const query = { tenant, fromMs, beforeMs };
  const days = new Map<string, UsageOfDay>();
  const keysAfter = async function* (key: string | undefined) {
    await catalogue.reaches(await index.upToDate());
    const limit = (request.pageSize || DEFAULT_PAGE_SIZE) + 1;
    for (let last = key === undefined ? undefined : dayOf(key); ; ) {
      const found = await catalogue.ask((db) => usageByDay(db, query, last, limit));
      for (const day of found) {
        days.set(keyOf(day), day);
        yield keyOf(day);
      }
      if (found.length < limit) return;
      last = found.at(-1);
    }
  };
  const page = await pageOf(request, {
    filter: `usage ${canonicalJson(query)}`,
    tokens: pageTokens.of(identity.tenant),
    keys: keysAfter,
    read: (key) => toWire(days.get(key)),
    bytesOf: (day) => DailyUsage.encode(day).finish().length,
  });
  return { usage: page.items, nextPageToken: page.nextPageToken };
}

/** Of a key, before its tenant: a day in milliseconds, so that keys have the order of the list. */
const DAY_DIGITS = 16;

function keyOf({ dayMs, tenant }: UsageOfDay): string {
  return `${String(dayMs).padStart(DAY_DIGITS, "0")}-${tenant}`;
}

function dayOf(key: string): Pick<UsageOfDay, "dayMs" | "tenant"> {
  return { dayMs: Number(key.slice(0, DAY_DIGITS)), tenant: key.slice(DAY_DIGITS + 1) };
}

function toWire(day: UsageOfDay | undefined): DailyUsage | undefined {
  if (!day) return undefined;
  const { dayMs, tenant, jobs, pixelFrames, storedBytes } = day;
  return { day: new Date(dayMs), tenant, jobs, pixelFrames, storedBytes };
}

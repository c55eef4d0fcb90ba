/**
 * The methods of AdminService for the cache: lists the depth maps and results that later jobs can
 * reuse, and removes them.
 */

import type { Identity } from "../../../kit/rpc/identity.js";
import {
  type ListCacheEntriesRequest,
  type ListCacheEntriesResponse,
  type PurgeCacheRequest,
  type PurgeCacheResponse,
  CacheEntry as WireCacheEntry,
} from "../../../proto/gen/depthmesh/v1/admin_service.js";
import { CACHE_KIND_WORDS } from "../../../wire/enums.js";
import type { GatewayContext } from "../context.js";
import type { CacheEntry, CacheKind } from "../maintenance/cache-index.js";
import type { Maintenance } from "../maintenance/maintenance.js";
import { pageOf } from "./paging.js";

/** Newest first. Throws PARAMETER_OUT_OF_RANGE, PARAMETER_CONFLICT, PARAMETER_UNKNOWN. */
export async function listCacheEntries(
  context: GatewayContext,
  maintenance: Pick<Maintenance, "caches">,
  request: ListCacheEntriesRequest,
  { tenant }: Identity,
): Promise<ListCacheEntriesResponse> {
  const kind = CACHE_KIND_WORDS.word(request.kind, "kind");
  await maintenance.caches.upToDate();
  const entries = new Map(
    maintenance.caches
      .entries()
      .filter((entry) => isOfKind(entry, kind))
      .map((entry) => [listKey(entry), entry]),
  );
  const page = await pageOf(request, {
    filter: `cache ${kind ?? "all"}`,
    tokens: context.pageTokens.of(tenant),
    keys: [...entries.keys()].sort().reverse(),
    read: (key) => {
      const entry = entries.get(key);
      return entry && toWireEntry(context, entry);
    },
    bytesOf: (entry) => WireCacheEntry.encode(entry).finish().length,
  });
  const { items, nextPageToken } = page;
  return { entries: items, nextPageToken, totalEntries: entries.size };
}

/** Throws PARAMETER_UNKNOWN, PARAMETER_OUT_OF_RANGE, BUS_UNAVAILABLE. */
export async function purgeCache(
  maintenance: Pick<Maintenance, "caches" | "deletion">,
  request: PurgeCacheRequest,
): Promise<PurgeCacheResponse> {
  const kind = CACHE_KIND_WORDS.word(request.kind, "kind");
  const beforeMs = request.storedBefore?.getTime() ?? Number.POSITIVE_INFINITY;
  await maintenance.caches.upToDate();
  const purged = maintenance.caches
    .entries()
    .filter((entry) => isOfKind(entry, kind) && entry.storedAtMs < beforeMs);
  const freedBytes = await maintenance.deletion.cacheEntries(purged);
  return { entries: purged.length, freedBytes };
}

function isOfKind(entry: CacheEntry, kind: CacheKind | undefined): boolean {
  return kind === undefined || entry.kind === kind;
}

/** Sorts by time. */
function listKey({ storedAtMs, kind, key }: CacheEntry): string {
  return `${String(storedAtMs).padStart(14, "0")}-${kind}-${key}`;
}

async function toWireEntry(
  { blobs }: GatewayContext,
  { kind, key, storedAtMs, blobs: hashes, job }: CacheEntry,
): Promise<WireCacheEntry> {
  const sizes = await Promise.all(
    hashes.map((sha256) =>
      blobs.stat(sha256).then(
        ({ sizeBytes }) => sizeBytes,
        () => 0,
      ),
    ),
  );
  return {
    name: `cacheEntries/${kind}/${key}`,
    kind: CACHE_KIND_WORDS.number(kind, "kind"),
    createTime: new Date(storedAtMs),
    sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
    job: job === "" ? "" : `jobs/${job}`,
  };
}

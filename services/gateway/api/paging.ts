/**
 * Pages of a list: their size, and tokens that continue a list after the last item of a page. A
 * token is valid only for requests with the same filter.
 */
import { createHash } from "node:crypto";
import { DepthmeshError, rangeError } from "../../../core/errors.js";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;
/** The key of an item, and a hash of the filter. */
const TOKEN = /^([0-9a-z][0-9a-z.-]{0,127})~([0-9a-f]{12})$/;

export interface PageRequest {
  /** 0 means the default. */
  readonly pageSize: number;
  /** Empty for the first page. */
  readonly pageToken: string;
}

export interface Page<T> {
  readonly items: T[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

/** The items that a request asks for. */
export interface Listing<T> {
  /** What of the request decides which items are listed, besides the page. */
  readonly filter: string;
  /**
   * Keys of the items in the order of the list: descending, of digits, lower-case letters, ".-".
   */
  readonly keys: Iterable<string>;
  /** Undefined for an item that the list leaves out. */
  readonly read: (key: string) => Promise<T | undefined> | T | undefined;
  /** Size of an item in the answer. */
  readonly bytesOf: (item: T) => number;
}

/** gRPC's clients refuse answers above 4 MiB, unless they are told otherwise. */
const MAX_PAGE_BYTES = 2 * 1024 * 1024;
/** Items that are read at once. */
const READS_AT_ONCE = 16;

/**
 * One page of a list: as many items as the caller wants, or as MAX_PAGE_BYTES hold. Throws
 * PARAMETER_OUT_OF_RANGE for a page size outside its range and for a text that is no token,
 * PARAMETER_CONFLICT for the token of another list.
 */
export async function pageOf<T>(
  { pageSize, pageToken }: PageRequest,
  { filter, keys, read, bytesOf }: Listing<T>,
): Promise<Page<T>> {
  const size = checkedPageSize(pageSize);
  const after = keyIn(pageToken, filter);
  const items: T[] = [];
  let bytes = 0;
  let lastKey = "";
  let batch: string[] = [];
  /** False when the page is full. */
  const take = async () => {
    const found = await Promise.all(batch.map(read));
    for (const [index, item] of found.entries()) {
      if (item === undefined) continue;
      bytes += bytesOf(item);
      const isFull = items.length === size || (items.length > 0 && bytes > MAX_PAGE_BYTES);
      if (isFull) return false;
      items.push(item);
      lastKey = batch[index] ?? "";
    }
    batch = [];
    return true;
  };
  const full = () => ({ items, nextPageToken: tokenOf(lastKey, filter) });
  for (const key of keys) {
    if (after !== undefined && key >= after) continue;
    batch.push(key);
    // One more than the page holds, which tells whether there is a next page.
    if (batch.length < Math.min(READS_AT_ONCE, size + 1 - items.length)) continue;
    if (!(await take())) return full();
  }
  return (await take()) ? { items, nextPageToken: "" } : full();
}

function checkedPageSize(pageSize: number): number {
  if (pageSize >= 0 && pageSize <= MAX_PAGE_SIZE) return pageSize || DEFAULT_PAGE_SIZE;
  const message = `page_size is ${pageSize}; it must be 0 to ${MAX_PAGE_SIZE}`;
  throw rangeError("page_size", pageSize, { maximum: MAX_PAGE_SIZE }, message);
}

function tokenOf(key: string, filter: string): string {
  return `${key}~${hashOf(filter)}`;
}

function keyIn(token: string, filter: string): string | undefined {
  if (token === "") return undefined;
  const [, key, hash] = TOKEN.exec(token) ?? [];
  const metadata = { field: "page_token", actual: token.slice(0, 64) };
  if (key === undefined) {
    const message = "page_token is not the next_page_token of a page; leave it empty to begin";
    throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, { metadata });
  }
  if (hash === hashOf(filter)) return key;
  const message = "page_token belongs to a list with another filter; only page_size may change";
  throw new DepthmeshError("PARAMETER_CONFLICT", message, { metadata });
}

function hashOf(filter: string): string {
  return createHash("sha256").update(filter).digest("hex").slice(0, 12);
}

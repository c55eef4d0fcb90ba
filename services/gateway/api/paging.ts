/** Pages of a list: their size, and where the next one begins. */
import { rangeError } from "../../../core/errors.js";
import type { TenantTokens } from "./page-tokens.js";

export const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;

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

/** Keys that come after one, or all. */
export type KeysAfter = (after: string | undefined) => AsyncIterable<string>;

/** The items that a request asks for. */
export interface Listing<T> {
  /** What of the request decides which items are listed, besides the page. */
  readonly filter: string;
  /** Tokens of the caller's tenant: one is valid only for requests with the same filter. */
  readonly tokens: TenantTokens;
  /**
   * Keys of the items in the order of the list: descending, of digits, lower-case letters, "._-".
   */
  readonly keys: Iterable<string> | KeysAfter;
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
  { filter, tokens, keys, read, bytesOf }: Listing<T>,
): Promise<Page<T>> {
  const size = checkedPageSize(pageSize);
  const after = pageToken === "" ? undefined : tokens.open(filter, pageToken);
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
  const full = () => ({ items, nextPageToken: tokens.seal(filter, lastKey) });
  for await (const key of typeof keys === "function" ? keys(after) : keys) {
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

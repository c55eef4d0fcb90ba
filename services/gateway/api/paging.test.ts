/** Pages follow each other without gaps, and a token is valid for its list only. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PageTokens } from "./page-tokens.js";
import { pageOf } from "./paging.js";

const KEYS = Array.from({ length: 100 }, (_, i) => String(199 - i));
const TOKENS = new PageTokens(new Uint8Array(32));
const listing = (filter = "") => ({
  filter,
  tokens: TOKENS.of("default"),
  keys: KEYS,
  read: (key: string) => key,
  bytesOf: () => 1,
});
const OF_PAGE_TOKEN = (reason: string) => (error: unknown) => {
  const { reason: actual, metadata } = error as { reason: string; metadata: { field: string } };
  assert.deepEqual([actual, metadata.field], [reason, "page_token"]);
  return true;
};

async function all(pageSizes: readonly number[], read: (key: string) => string | undefined) {
  const items: string[] = [];
  let pageToken = "";
  for (let i = 0; ; i++) {
    const pageSize = pageSizes[i % pageSizes.length] ?? 0;
    const page = await pageOf({ pageSize, pageToken }, { ...listing(), read });
    assert.ok(page.items.length <= pageSize);
    items.push(...page.items);
    pageToken = page.nextPageToken;
    if (pageToken === "") return items;
  }
}

test("pages of any size hold each item once, in order", async () => {
  for (const sizes of [[1], [7], [16], [17], [99], [100], [1000], [3, 50]]) {
    assert.deepEqual(await all(sizes, (key) => key), KEYS, String(sizes));
    const even = (key: string) => (Number(key) % 2 === 0 ? key : undefined);
    assert.deepEqual(await all(sizes, even), KEYS.filter(even), String(sizes));
  }
});

test("a list that fills its last page exactly has no next page", async () => {
  const page = await pageOf({ pageSize: 100, pageToken: "" }, listing());
  assert.deepEqual([page.items.length, page.nextPageToken], [100, ""]);
});

test("a page ends before its answer is larger than clients take", async () => {
  const large = { ...listing(), bytesOf: (key: string) => (key === "190" ? 9e6 : 1e6) };
  const pages: string[][] = [];
  let pageToken = "";
  do {
    const { items, nextPageToken } = await pageOf({ pageSize: 1000, pageToken }, large);
    pages.push(items);
    pageToken = nextPageToken;
  } while (pageToken !== "");
  assert.deepEqual(pages.flat(), KEYS);
  assert.deepEqual(pages.slice(3, 7), [["193", "192"], ["191"], ["190"], ["189", "188"]]);
});

test("no more items are read than the page and one more need", async () => {
  let reads = 0;
  const read = (key: string) => {
    reads += 1;
    return key;
  };
  await pageOf({ pageSize: 50, pageToken: "" }, { ...listing(), read });
  assert.equal(reads, 51);
});

test("a text that is no token and a token of another filter are refused", async () => {
  const { nextPageToken } = await pageOf({ pageSize: 10, pageToken: "" }, listing("a"));
  for (const pageToken of ["x", "190", `${nextPageToken}0`, "~", "a".repeat(5000), "A~0"]) {
    const refused = OF_PAGE_TOKEN("PARAMETER_OUT_OF_RANGE");
    await assert.rejects(pageOf({ pageSize: 10, pageToken }, listing("a")), refused, pageToken);
  }
  const other = pageOf({ pageSize: 10, pageToken: nextPageToken }, listing("b"));
  await assert.rejects(other, OF_PAGE_TOKEN("PARAMETER_CONFLICT"));
  const next = await pageOf({ pageSize: 20, pageToken: nextPageToken }, listing("a"));
  assert.equal(next.items[0], KEYS[10]);
});

test("page sizes outside 0 to 1000 are refused", async () => {
  for (const pageSize of [-1, 1001]) {
    const refused = { reason: "PARAMETER_OUT_OF_RANGE" };
    await assert.rejects(pageOf({ pageSize, pageToken: "" }, listing()), refused);
  }
});

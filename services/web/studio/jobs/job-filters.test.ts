/** Filters of the list of jobs, as queries and in the page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { labelIn, listQuery, matchesText, NO_FILTERS, withAge } from "./job-filters.js";

const query = (...arguments_: Parameters<typeof listQuery>) =>
  [...new URLSearchParams(listQuery(...arguments_))].map(([key, value]) => `${key}=${value}`);

test("filters become the fields of ListJobs", () => {
  const filters = withAge(
    { ...NO_FILTERS, groups: ["failed"], text: " photo=my cat.png ", isEveryTenant: true },
    "hour",
    Date.UTC(2026, 0, 1, 12),
  );
  assert.deepEqual(query(filters, { pageSize: 25, pageToken: "t~1" }), [
    "pageSize=25",
    "pageToken=t~1",
    "states=JOB_STATE_FAILED",
    "states=JOB_STATE_EXPIRED",
    "labels.photo=my cat.png",
    "createdFrom=2026-01-01T11:00:00.000Z",
    "tenant=*",
  ]);
  assert.deepEqual(withAge(filters, "all", 0).createdFrom, undefined);
});

test("nothing is asked about running jobs where the filters leave none", () => {
  const running = { pageSize: 9, isRunningOnly: true };
  assert.equal(listQuery({ ...NO_FILTERS, groups: ["failed"] }, running), undefined);
  assert.equal(query(NO_FILTERS, running).length, 5);
  assert.equal(query({ ...NO_FILTERS, groups: ["failed", "running"] }, running).length, 5);
});

test("text without a label is looked for in names, labels and ids", () => {
  const job = { name: "jobs/01abc", labels: { photo: "Holiday.JPG", album: "2025" } };
  for (const text of ["holi", "01AB", "2025", "", "photo=anything"]) {
    assert.ok(matchesText(job, { ...NO_FILTERS, text }), text);
  }
  assert.ok(!matchesText(job, { ...NO_FILTERS, text: "cat" }));
  assert.deepEqual(labelIn("a=b=c"), { key: "a", value: "b=c" });
  assert.equal(labelIn("my photo=x"), undefined, "a key has no spaces");
});

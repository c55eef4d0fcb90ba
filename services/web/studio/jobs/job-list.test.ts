/** Pages of jobs that are read at different times make one list. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobJson, JobStateJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import {
  ended,
  type JobList,
  NO_JOBS,
  withFirstPage,
  withJobs,
  withNextPage,
  withoutJobs,
} from "./job-list.js";

const job = (id: number, state: JobStateJson = "JOB_STATE_SUCCEEDED", second = 0): JobJson => ({
  name: `jobs/${String(id).padStart(4, "0")}`,
  state,
  updateTime: new Date(1000 * second).toISOString(),
});
const jobs = (...ids: number[]) => ids.map((id) => job(id));
const ids = ({ jobs: shown }: JobList) => shown.map(({ name }) => Number(name?.slice(5)));

test("the first page replaces its range and keeps the older jobs", () => {
  let list = withFirstPage(NO_JOBS, { jobs: jobs(9, 8, 7), nextPageToken: "after 7" });
  list = withNextPage(list, { jobs: jobs(6, 5), nextPageToken: "after 5" });
  list = withFirstPage(list, { jobs: jobs(10, 9, 7), nextPageToken: "after 7" });
  assert.deepEqual(ids(list), [10, 9, 7, 6, 5], "8 was deleted, 10 is new");
  assert.equal(list.nextPageToken, "after 5");
});

test("a first page without a next one is the whole list", () => {
  const list = withFirstPage(
    { jobs: jobs(9, 8, 7), nextPageToken: "x" },
    { jobs: jobs(9), nextPageToken: "" },
  );
  assert.deepEqual([ids(list), list.nextPageToken], [[9], ""]);
  assert.deepEqual(ids(withFirstPage(list, {})), []);
});

test("where more jobs are new than a page holds, the list begins again without a gap", () => {
  const list = withFirstPage(
    { jobs: jobs(3, 2, 1), nextPageToken: "" },
    { jobs: jobs(99, 98), nextPageToken: "after 98" },
  );
  assert.deepEqual([ids(list), list.nextPageToken], [[99, 98], "after 98"]);
});

test("a job that two pages hold is shown once", () => {
  const list = withNextPage(
    { jobs: jobs(9, 8), nextPageToken: "after 8" },
    { jobs: jobs(8, 7), nextPageToken: "" },
  );
  assert.deepEqual(ids(list), [9, 8, 7]);
});

test("a job is added at its place, and an old one is left to its page", () => {
  const list: JobList = { jobs: jobs(9, 7), nextPageToken: "after 7" };
  assert.deepEqual(ids(withJobs(list, jobs(10, 8, 3))), [10, 9, 8, 7]);
  assert.deepEqual(ids(withJobs({ ...list, nextPageToken: "" }, jobs(3))), [9, 7, 3]);
  assert.deepEqual(ids(withoutJobs(list, new Set(["jobs/0009"]))), [7]);
});

test("an answer that is older than an action does not undo it", () => {
  const list: JobList = { jobs: [job(1, "JOB_STATE_CANCELLED", 20)], nextPageToken: "" };
  const late = job(1, "JOB_STATE_RENDER", 10);
  for (const next of [withJobs(list, [late]), withFirstPage(list, { jobs: [late] })]) {
    assert.equal(next.jobs[0]?.state, "JOB_STATE_CANCELLED");
  }
  const later = withJobs(list, [job(1, "JOB_STATE_FAILED", 30)]);
  assert.equal(later.jobs[0]?.state, "JOB_STATE_FAILED");
});

test("jobs that no longer run are named", () => {
  const list: JobList = {
    jobs: [job(3, "JOB_STATE_RENDER"), job(2, "JOB_STATE_DEPTH"), job(1)],
    nextPageToken: "",
  };
  assert.deepEqual(ended(list, [job(3, "JOB_STATE_ENCODE")]), ["jobs/0002"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../core/errors.js";
import { actOnAll } from "./act-on-all.js";

test("one that fails does not keep the others from being done, on every page", async (t) => {
  t.mock.method(process.stdout, "write", () => true);
  t.mock.method(process.stderr, "write", () => true);
  const pages: Record<string, { names: string[]; nextPageToken: string }> = {
    "": { names: ["a", "b"], nextPageToken: "2" },
    "2": { names: ["c"], nextPageToken: "" },
  };
  const tried: string[] = [];
  const all = actOnAll(
    async (pageToken) => pages[pageToken] ?? { names: [], nextPageToken: "" },
    async (name) => {
      tried.push(name);
      if (name === "a") throw new DepthmeshError("WEBHOOK_NOT_FOUND", "the webhook is disabled");
      return `${name}  done`;
    },
  );
  await assert.rejects(all, { reason: "WEBHOOK_NOT_FOUND" });
  assert.deepEqual(tried, ["a", "b", "c"]);
});

/** Whoever waits for the catalogue leaves the process to the others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createLog } from "../../../kit/log.js";
import { Catalogue, type CatalogueParts } from "./catalogue.js";

test("several who wait for the same change do not wake each other for ever", async () => {
  const never = new Promise<never>(() => {});
  const store: CatalogueParts["store"] = {
    changesAfter: () => assert.fail("it is not open"),
    position: () => never,
    ids: () => never,
    read: () => never,
  };
  const log = createLog("silent", { service: "test", worker: "test" });
  const parts = { store, log, open: () => never, isThere: false, markAgeMs: 60_000 };
  const catalogue = new Catalogue(parts);
  const waiting = [1, 2, 3].map(() =>
    assert.rejects(catalogue.reaches(1), { reason: "CATALOGUE_UNAVAILABLE" }),
  );
  // Without it this timer never fires.
  await sleep(10);
  const closed = catalogue.close();
  await Promise.all(waiting);
  await closed;
});

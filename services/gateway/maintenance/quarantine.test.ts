/** Which failures put an upload into quarantine, what is kept of it, and for how long. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pino } from "pino";
import { FileBlobStore } from "../../../kit/blobs/file-store.js";
import { cancel } from "../../../pipeline/record/endings.js";
import { failedRecord, queuedRecord } from "../../../testing/record/made-records.js";
import { isInputFault, Quarantine } from "./quarantine.js";
import { QuarantineFolder } from "./quarantine-folder.js";

let folder: string;
let blobs: FileBlobStore;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-quarantine-"));
  blobs = await FileBlobStore.open(folder);
});
after(() => rm(folder, { recursive: true }));

test("failures that an upload can cause are quarantined, failures of the mesh are not", () => {
  for (const reason of ["IMAGE_CORRUPT", "SOUND_CORRUPT", "POISONED", "INTERNAL"]) {
    assert.ok(isInputFault(failedRecord(reason)), reason);
  }
  for (const reason of ["JOB_DEADLINE_EXCEEDED", "MODEL_NOT_INSTALLED", "CODEC_UNAVAILABLE"]) {
    assert.ok(!isInputFault(failedRecord(reason)), reason);
  }
  const cancelled = cancel(queuedRecord(), 1);
  assert.ok(cancelled && !isInputFault(cancelled));
});

test("uploads are kept once, with the facts of their job, until their hours are over", async () => {
  const { sha256 } = await blobs.write([Buffer.from("broken photo")]);
  const record = { ...failedRecord("IMAGE_CORRUPT"), photoBlob: sha256, specBlob: "0".repeat(64) };
  const log = pino({ level: "silent" });
  const path = join(folder, "quarantine");
  const quarantine = new Quarantine({ storage: new QuarantineFolder(path, blobs), hours: 2, log });
  quarantine.onRecord(record);
  quarantine.onRecord(record);
  await quarantine.clear();
  assert.deepEqual(await readdir(path), ["j"]);
  // The spec is missing, because its blob did not exist.
  assert.deepEqual((await readdir(join(path, "j"))).sort(), ["facts.json", "photo"]);
  assert.equal(await readFile(join(path, "j", "photo"), "utf8"), "broken photo");
  const facts = JSON.parse(await readFile(join(path, "j", "facts.json"), "utf8"));
  assert.deepEqual([facts.job, facts.stage, facts.reason], ["j", "depth", "IMAGE_CORRUPT"]);
  assert.ok(Date.parse(facts.time) > 0);
  const longAgo = new Date(Date.now() - 3 * 3_600_000);
  await utimes(join(path, "j"), longAgo, longAgo);
  await quarantine.clear();
  assert.deepEqual(await readdir(path), []);
});

test("the upload of a job that failed longer ago than its hours is not kept", async () => {
  const path = join(folder, "none");
  const quarantine = new Quarantine({
    ...{ storage: new QuarantineFolder(path, blobs), hours: 0 },
    log: pino({ level: "silent" }),
  });
  quarantine.onRecord(failedRecord("IMAGE_CORRUPT"));
  await quarantine.clear();
  await assert.rejects(readdir(path), { code: "ENOENT" });
});

/** How uploads begin. Real files, buckets in memory. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { BlobClaims } from "../../../kit/blobs/claims.js";
import { FileBlobStore } from "../../../kit/blobs/file-store.js";
import { CreateUploadRequest } from "../../../proto/gen/depthmesh/v1/upload_service.js";
import { MemoryBucket } from "../../../testing/mesh/memory-bucket.js";
import { refusal } from "../../../testing/refusal.js";
import { CountedQuota } from "../../../testing/uploads/counted-quota.js";
import { KeptUploads } from "../kept-uploads/kept-uploads.js";
import { createUpload } from "./uploads.js";

test("a tenant has no more uploads than it may, however often it asks under one request id", async (t) => {
  const blobFolder = await mkdtemp(join(tmpdir(), "depthmesh-begin-"));
  t.after(() => rm(blobFolder, { recursive: true, force: true }));
  const config = {
    ...{
      blobStore: "file" as const,
      blobFolder,
      uploadExpiryMs: 60_000,
      diskReserveMib: 0,
      minFreeMib: 0,
    },
    ...{ maxUploadBytes: 100, maxSoundBytes: 10, maxStoredUploads: 1 },
  };
  const uploads = await KeptUploads.open({
    ...{ blobs: await FileBlobStore.open(blobFolder), claims: new BlobClaims(), config },
    ...{ buckets: { uploads: new MemoryBucket() }, quotas: new CountedQuota() },
  });
  const context = {
    ...{ config, uploads, buckets: { requests: new MemoryBucket() } },
    bus: { connectionState: { assertUp: () => {} } },
  };
  const begin = (requestId: string, count: number) =>
    createUpload(
      context,
      { countOf: () => count },
      CreateUploadRequest.fromPartial({ requestId, sizeBytes: 5 }),
      { tenant: "one" },
    );
  const first = await begin("first", 0);
  assert.equal((await begin("first", 1)).name, first.name, "its repetition is no new upload");
  for (const requestId of ["", "second", "second"]) {
    const { reason, metadata } = await refusal(begin(requestId, 1));
    assert.deepEqual([reason, metadata.tenant], ["QUOTA_EXCEEDED", "one"], requestId);
  }
  assert.notEqual((await begin("second", 0)).name, first.name);
});

/** Whose photos a preview may show, and what a caller learns without a render worker. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../../core/errors.js";
import type { CallContext } from "../../../kit/rpc/call.js";
import type { Role } from "../../../kit/rpc/identity.js";
import { newId } from "../../../pipeline/record/id.js";
import {
  type PreviewSource,
  RenderContactSheetRequest,
  RenderStillRequest,
} from "../../../proto/gen/depthmesh/v1/preview_service.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import { uploadNotFound } from "../kept-uploads/upload-record.js";
import { type PreviewContext, Previews } from "./previews.js";

const ID = newId();

/** A gateway with one job of tenant `one`, no upload and no worker. */
async function gateway(): Promise<Previews> {
  const store = new MemoryJobStore();
  await store.create(queuedRecord({ id: ID, tenant: "one" }));
  const changed = async (signal: AbortSignal) => signal.throwIfAborted();
  const context = {
    ...{ store, fleet: { live: new Map(), changed }, draining: new AbortController().signal },
    uploads: {
      records: { of: async (_: string, id: string) => Promise.reject(uploadNotFound(id)) },
    },
    blobs: { read: async function* () {} },
    config: { maxPreviews: 4, previewIdleMs: 1_000, previewPhotosMib: 16 },
  } satisfies PreviewContext;
  return new Previews(context);
}

const call = (tenant: string, signal = AbortSignal.timeout(10_000)): CallContext => ({
  ...{ signal, peer: "loopback" },
  identity: { tenant, roles: new Set<Role>(["user"]), caller: "key" },
});

const ofJob = (id: string): PreviewSource => ({ kind: { $case: "job", value: `jobs/${id}` } });

/** Reason and message of the refusal; the id of the request is left out. */
async function refusal(source: PreviewSource, tenant: string, method: "still" | "sheet") {
  const previews = await gateway();
  const asked =
    method === "still"
      ? previews.renderStill(RenderStillRequest.fromPartial({ source }), call(tenant))
      : previews.renderContactSheet(
          RenderContactSheetRequest.fromPartial({ source }),
          call(tenant),
        );
  const error = await asked.catch((thrown: unknown) => thrown);
  assert.ok(error instanceof DepthmeshError, String(error));
  const { reason, message, metadata } = error;
  return JSON.stringify({ reason, message, metadata }).replaceAll(/[0-9a-z]{26}/g, "ID");
}

test("another tenant's job answers exactly as one that does not exist", async () => {
  for (const method of ["still", "sheet"] as const) {
    const foreign = await refusal(ofJob(ID), "two", method);
    assert.match(foreign, /JOB_NOT_FOUND/);
    assert.equal(foreign, await refusal(ofJob(newId()), "two", method));
  }
});

test("an upload that does not exist is named by the request's field", async () => {
  const source: PreviewSource = { kind: { $case: "upload", value: `uploads/${newId()}` } };
  const refused = await refusal(source, "one", "still");
  assert.match(refused, /UPLOAD_NOT_FOUND/);
  assert.match(refused, /"field":"source.upload"/);
  assert.doesNotMatch(refused, /photo_upload/);
});

test("a call's end is not waited out where no worker is there", async () => {
  const end = new AbortController();
  const request = RenderStillRequest.fromPartial({ source: ofJob(ID) });
  const asked = (await gateway()).renderStill(request, call("one", end.signal));
  end.abort(new Error("the caller has gone"));
  await assert.rejects(asked, /the caller has gone/);
});

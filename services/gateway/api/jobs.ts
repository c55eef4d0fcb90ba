/**
 * The short methods of JobService: GetJob, CancelJob and DeleteJob. Also what other handlers share:
 * reading a record by the job's name, and converting it to the public Job message. The longer
 * methods have files of their own.
 */

import { isReason } from "../../../core/error-reasons.js";
import { DepthmeshError, toDepthmeshError } from "../../../core/errors.js";
import type { JobSpec } from "../../../core/spec/spec.js";
import { readSpec } from "../../../core/spec/stored-spec.js";
import { collect } from "../../../kit/rpc/chunks.js";
import type { Identity } from "../../../kit/rpc/identity.js";
import { cancelJob as cancelRecord } from "../../../pipeline/record/cancel.js";
import { undeleted } from "../../../pipeline/record/deletion.js";
import { jobNotFound, parseJobName } from "../../../pipeline/record/id.js";
import { isSegment, isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import { isUnreadable, readIfReadable } from "../../../pipeline/record/stored-record.js";
import type { Job } from "../../../proto/gen/depthmesh/v1/job.js";
import { toWireJob } from "../../../wire/job.js";
import type { GatewayContext } from "../context.js";
import type { Maintenance } from "../maintenance/maintenance.js";

/** A request that names one job: `jobs/{job}`. */
interface JobRequest {
  readonly name: string;
}

/**
 * The record of a job of the caller's tenant. Throws JOB_NOT_FOUND, also for another tenant's job,
 * so that nobody learns which names exist, and JOB_RECORD_UNREADABLE.
 */
export async function readRecord(
  { store }: Pick<GatewayContext, "store">,
  name: string,
  identity: Identity,
): Promise<JobRecord> {
  const id = parseJobName(name);
  const found = await store.read(id).catch((error) => {
    throw isUnreadable(error) && !mayMendRecords(identity) ? jobNotFound(id) : error;
  });
  if (!found || isSegment(found.record)) throw jobNotFound(id);
  return undeleted(ownedBy(identity, found.record));
}

/** The same record. Throws JOB_NOT_FOUND if it is of another tenant. */
function ownedBy({ tenant }: Identity, record: JobRecord): JobRecord {
  if (record.tenant !== tenant) throw jobNotFound(record.id);
  return record;
}

/** Nobody knows whose job a record is that cannot be read: operators alone may know of it. */
function mayMendRecords({ roles }: Identity): boolean {
  return roles.has("operator");
}

/**
 * The public job of a record. Its spec is a blob: if that is lost or damaged, the job has no spec,
 * because one such file must not hide the job, nor make a whole list fail.
 */
export async function presentJob(context: GatewayContext, record: JobRecord): Promise<Job> {
  return toWireJob(record, await storedSpec(context, record), context.outlook.of(record));
}

/** The spec of a job; undefined if its file is lost or damaged. */
export async function storedSpec(
  { blobs, log }: GatewayContext,
  { id, specBlob }: JobRecord,
): Promise<JobSpec | undefined> {
  const without = (error: unknown) => {
    log.error({ err: error, job: id, blob: specBlob }, "a job's spec is missing or damaged");
    return undefined;
  };
  const bytes = await collect(blobs.read(specBlob)).catch((error) => {
    const { reason } = toDepthmeshError(error);
    if (reason !== "BLOB_NOT_FOUND" && reason !== "BLOB_CORRUPT") throw error;
    return without(error);
  });
  if (!bytes) return undefined;
  try {
    return readSpec(bytes);
  } catch (error) {
    return without(error);
  }
}

export async function getJob(
  context: GatewayContext,
  { name }: JobRequest,
  identity: Identity,
): Promise<Job> {
  return presentJob(context, await readRecord(context, name, identity));
}

/** Throws JOB_NOT_FOUND, JOB_ALREADY_TERMINAL for a job that has ended in another way. */
export async function cancelJob(
  context: GatewayContext,
  { name }: JobRequest,
  identity: Identity,
): Promise<Job> {
  const { bus, store } = context;
  // A job never changes its tenant, so that it is enough to look before.
  const { id } = await readRecord(context, name, identity);
  return presentJob(context, undeleted(await cancelRecord(bus, store, id)));
}

/**
 * Deletes a job with its files and cache entries, except what another job has too. Removes a
 * record that cannot be read, too, because no job can go on with it. Throws JOB_NOT_FOUND,
 * JOB_NOT_READY for a job that has not ended, BUS_UNAVAILABLE.
 */
export async function deleteJob(
  context: GatewayContext,
  maintenance: Pick<Maintenance, "waitForEvents" | "deletion">,
  { name }: JobRequest,
  identity: Identity,
): Promise<Record<string, never>> {
  const id = parseJobName(name);
  const found = await readIfReadable(context.store, id);
  if (!found) throw jobNotFound(id);
  if (found === "unreadable") {
    if (!mayMendRecords(identity)) throw jobNotFound(id);
    // Nothing but its removal is possible.
    await context.store.remove(id);
    return {};
  }
  const record = ownedBy(identity, found.record);
  if (!isTerminal(record)) {
    throw new DepthmeshError("JOB_NOT_READY", "the job has not ended: cancel it first", {
      metadata: { job: record.id, state: record.state },
    });
  }
  // A watch may skip the last change before a removal: then the job's end would never be published.
  await maintenance.waitForEvents(record);
  await maintenance.deletion.job(record);
  return {};
}

/**
 * For calls that wait for a job's success (Convert, ReadArtifact with follow): throws the error of
 * a failed job, or JOB_CANCELLED.
 */
export function assertSucceeded({ state, error }: JobRecord): void {
  if (state === "SUCCEEDED") return;
  if (error) {
    const reason = isReason(error.reason) ? error.reason : "INTERNAL";
    throw new DepthmeshError(reason, error.message, { metadata: { ...error.metadata } });
  }
  throw new DepthmeshError("JOB_CANCELLED", "the job was cancelled");
}

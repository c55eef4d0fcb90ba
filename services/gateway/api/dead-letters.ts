/**
 * AdminService: lets an operator list, read, redrive and discard dead letters, which workers write
 * about jobs that they have given up after too many failures or crashes.
 */
import { isReason } from "../../../core/error-reasons.js";
import { DepthmeshError } from "../../../core/errors.js";
import type { Identity } from "../../../kit/rpc/identity.js";
import { isId, newId } from "../../../pipeline/record/id.js";
import { isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import { stageToRetry } from "../../../pipeline/record/retry.js";
import { type DeadLetter, DeadLetterBox } from "../../../pipeline/worker/dead-letters.js";
import {
  type DiscardDeadLetterResponse,
  type ListDeadLettersRequest,
  type ListDeadLettersResponse,
  DeadLetter as WireDeadLetter,
} from "../../../proto/gen/depthmesh/v1/admin_service.js";
import type { Job } from "../../../proto/gen/depthmesh/v1/job.js";
import { STAGE_WORDS } from "../../../wire/enums.js";
import { toWireError, toWireState } from "../../../wire/job.js";
import type { GatewayContext } from "../context.js";
import { claimedJob, claimRequest, redriveRequest } from "../upload/request-ids.js";
import { presentJob } from "./jobs.js";
import { pageOf } from "./paging.js";
import { continueJob } from "./retry-job.js";

const PREFIX = "deadLetters/";

/** A dead letter with the record of its job, which has failed. */
interface FailedJob {
  readonly letter: DeadLetter;
  readonly record: JobRecord;
}

/** A request that names one dead letter: `deadLetters/{job}`. */
interface Named {
  readonly name: string;
}

export class DeadLetters {
  readonly #context: GatewayContext;
  readonly #box: DeadLetterBox;

  constructor(context: GatewayContext) {
    this.#context = context;
    this.#box = new DeadLetterBox(context.bus);
  }

  /**
   * Newest job first. Throws PARAMETER_OUT_OF_RANGE, PARAMETER_UNKNOWN for a reason that does not
   * exist.
   */
  async list(
    request: ListDeadLettersRequest,
    { tenant }: Identity,
  ): Promise<ListDeadLettersResponse> {
    const { reason } = request;
    if (reason !== "" && !isReason(reason)) {
      throw new DepthmeshError("PARAMETER_UNKNOWN", "no error has this reason", {
        metadata: { field: "reason", actual: reason.slice(0, 64) },
      });
    }
    const ids = await this.#box.jobs(reason === "" ? "*" : reason);
    const page = await pageOf(request, {
      filter: `dead ${reason}`,
      tokens: this.#context.pageTokens.of(tenant),
      keys: ids,
      read: async (job) => {
        const found = await this.#find(job);
        const isListed = found && (reason === "" || found.letter.reason === reason);
        return isListed ? toWireDeadLetter(found) : undefined;
      },
      bytesOf: (letter) => WireDeadLetter.encode(letter).finish().length,
    });
    return { deadLetters: page.items, nextPageToken: page.nextPageToken };
  }

  /** Throws DEAD_LETTER_NOT_FOUND. */
  async get({ name }: Named): Promise<WireDeadLetter> {
    const job = parseName(name);
    const found = await this.#find(job);
    if (!found) throw notFound(job);
    return toWireDeadLetter(found);
  }

  /**
   * Retries the job from the stage that gave it up. The claim is made first and the letter is
   * removed last: if the call is interrupted in between, the next call continues with the same new
   * job. Throws DEAD_LETTER_NOT_FOUND and the errors of RetryJob.
   */
  async redrive({ name }: Named): Promise<Job> {
    const { buckets, store } = this.#context;
    const job = parseName(name);
    const request = redriveRequest(job);
    const found = await this.#find(job);
    if (!found) {
      const claimed = await claimedJob(buckets.requests, request);
      const earlier = claimed === undefined ? undefined : await store.read(claimed);
      if (!earlier) throw notFound(job);
      return presentJob(this.#context, earlier.record);
    }
    const { letter, record } = found;
    const stage = stageToRetry(record, letter.stage);
    const claim = await claimRequest(buckets.requests, request, job, newId());
    const { record: next } = await continueJob(this.#context, record, stage, claim.job);
    await this.#box.remove(job);
    return presentJob(this.#context, next);
  }

  /** Removes the letter; the job stays as it ended. Throws DEAD_LETTER_NOT_FOUND. */
  async discard({ name }: Named): Promise<DiscardDeadLetterResponse> {
    const job = parseName(name);
    if (!(await this.#find(job))) throw notFound(job);
    await this.#box.remove(job);
    return {};
  }

  /**
   * The letter of a job that has failed. A worker writes the letter before it fails the job, and
   * may die in between. Then another worker has the job: while that works, the letter is not shown,
   * because the job may still fail; if the job ended in another way, or is gone, the letter is
   * wrong and is removed.
   */
  async #find(job: string): Promise<FailedJob | undefined> {
    const letter = await this.#box.read(job);
    if (!letter) return undefined;
    const record = (await this.#context.store.read(job))?.record;
    if (record?.state === "FAILED") return { letter, record };
    if (!record || isTerminal(record)) await this.#box.remove(job);
    return undefined;
  }
}

function parseName(name: string): string {
  const job = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : "";
  if (!isId(job)) throw notFound(job.slice(0, 64));
  return job;
}

function notFound(job: string): DepthmeshError {
  return new DepthmeshError("DEAD_LETTER_NOT_FOUND", "there is no dead letter of this job", {
    metadata: { job },
  });
}

function toWireDeadLetter({ letter, record }: FailedJob): WireDeadLetter {
  const { job, stage, reason, message, metadata, attempts, crashes, worker, atMs } = letter;
  return {
    name: `${PREFIX}${job}`,
    job: `jobs/${job}`,
    state: toWireState(record.state),
    stage: STAGE_WORDS.number(stage, "stage"),
    error: toWireError({ reason, message, metadata }),
    ...{ attempts, crashes, worker, time: new Date(atMs) },
    retriedAs: record.retriedAs.map((id) => `jobs/${id}`),
  };
}

/** AdminService: the jobs that workers gave up, and what is to become of them. */
import { DepthmeshError, isReason } from "../../../core/errors.js";
import { isId, newId } from "../../../pipeline/record/id.js";
import { isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import { stageToRetry } from "../../../pipeline/record/retry.js";
import { type DeadLetter, DeadLetterBox } from "../../../pipeline/worker/dead-letters.js";
import type {
  DiscardDeadLetterResponse,
  ListDeadLettersRequest,
  ListDeadLettersResponse,
  DeadLetter as WireDeadLetter,
} from "../../../proto/gen/depthmesh/v1/admin_service.js";
import type { Job } from "../../../proto/gen/depthmesh/v1/job.js";
import { STAGE_WORDS } from "../../../wire/enums.js";
import { toWireError, toWireState } from "../../../wire/job.js";
import type { GatewayContext } from "../context.js";
import { claimedJob, claimRequest, redriveRequest } from "../upload/request-ids.js";
import { pageSizeOf, presentJob } from "./jobs.js";
import { goOnWith } from "./retry-job.js";

const PREFIX = "deadLetters/";

/** A letter and the failed job that it is of. */
interface Standing {
  readonly letter: DeadLetter;
  readonly record: JobRecord;
}

export class DeadLetters {
  readonly #context: GatewayContext;
  readonly #box: DeadLetterBox;

  constructor(context: GatewayContext) {
    this.#context = context;
    this.#box = new DeadLetterBox(context.bus);
  }

  /** Throws PARAMETER_OUT_OF_RANGE, PARAMETER_UNKNOWN for a reason that there is not. */
  async list(request: ListDeadLettersRequest): Promise<ListDeadLettersResponse> {
    const { pageToken, reason } = request;
    const size = pageSizeOf(request);
    if (reason !== "" && !isReason(reason)) {
      throw new DepthmeshError("PARAMETER_UNKNOWN", "there is no error of this reason", {
        metadata: { field: "reason", actual: reason.slice(0, 64) },
      });
    }
    const deadLetters: WireDeadLetter[] = [];
    // Ids sort by time: a page begins below the last id of the one before.
    for (const job of await this.#box.jobs(reason === "" ? "*" : reason)) {
      if (pageToken !== "" && job >= pageToken) continue;
      const last = deadLetters.at(-1)?.name.slice(PREFIX.length);
      if (deadLetters.length === size) return { deadLetters, nextPageToken: last ?? "" };
      const found = await this.#standing(job);
      if (found && (reason === "" || found.letter.reason === reason)) {
        deadLetters.push(toWireDeadLetter(found));
      }
    }
    return { deadLetters, nextPageToken: "" };
  }

  /** Throws DEAD_LETTER_NOT_FOUND. */
  async get(name: string): Promise<WireDeadLetter> {
    return toWireDeadLetter(await this.#assertStanding(parseName(name)));
  }

  /**
   * The claim comes first and the letter goes last: cut off anywhere between, the next call finishes it with the same job.
   * Throws DEAD_LETTER_NOT_FOUND and what a retry throws.
   */
  async redrive(name: string): Promise<Job> {
    const { buckets, store } = this.#context;
    const job = parseName(name);
    const request = redriveRequest(job);
    const found = await this.#standing(job);
    if (!found) {
      const claimed = await claimedJob(buckets.requests, request);
      const earlier = claimed === undefined ? undefined : await store.read(claimed);
      if (!earlier) throw notFound(job);
      return presentJob(this.#context, earlier.record);
    }
    const { letter, record } = found;
    const stage = stageToRetry(record, letter.stage);
    const id = await claimRequest(buckets.requests, request, job, newId());
    const next = await goOnWith(this.#context, record, stage, id);
    await this.#box.remove(job);
    return presentJob(this.#context, next);
  }

  /** Throws DEAD_LETTER_NOT_FOUND. */
  async discard(name: string): Promise<DiscardDeadLetterResponse> {
    const job = parseName(name);
    await this.#assertStanding(job);
    await this.#box.remove(job);
    return {};
  }

  async #assertStanding(job: string): Promise<Standing> {
    const found = await this.#standing(job);
    if (!found) throw notFound(job);
    return found;
  }

  /**
   * The letter of a job that has failed. Where the worker died between letter and state, another one has the job: if that ended it
   * otherwise the letter is void, and goes; while it works the letter may still come true.
   */
  async #standing(job: string): Promise<Standing | undefined> {
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

function toWireDeadLetter({ letter, record }: Standing): WireDeadLetter {
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

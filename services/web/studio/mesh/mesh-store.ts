/** The state of the mesh and its dead letters, kept up to date for operators who look. */
import { signal } from "@preact/signals";
import type {
  DeadLetterJson,
  GetSystemStatusResponseJson,
} from "../../../../proto/gen/json/depthmesh/v1/admin_service_pb.js";
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import {
  discardLetter,
  drainWorker,
  getSystemStatus,
  listDeadLetters,
  redriveLetter,
} from "../api/mesh-calls.js";
import { type Trouble, troubleOf } from "../errors/trouble.js";
import { pollWhileVisible, type VisiblePoll } from "../poll/visible-poll.js";
import { STRINGS } from "../strings.js";
import { workerId } from "./mesh-status.js";

/** Each answer asks every process of the mesh, so that it is not asked for more often. */
const PACE = { shortestMs: 3_000, runningMs: 5_000, longestMs: 20_000 };
const PAGE_SIZE = 50;

export const status = signal<GetSystemStatusResponseJson | undefined>(undefined);
export const statusTrouble = signal<Trouble | undefined>(undefined);
/** Newest first. */
export const letters = signal<readonly DeadLetterJson[] | undefined>(undefined);
export const moreLetters = signal("");
/** What the last action has done, for a live region, and the job that it has made. */
export const said = signal<{ readonly text: string; readonly job?: string }>({ text: "" });
/** Why the last action was refused. */
export const refusal = signal<Trouble | undefined>(undefined);
/** Names of workers and letters that an action is on its way for. */
export const busy = signal<ReadonlySet<string>>(new Set());

let poll: VisiblePoll | undefined;
let pagesShown = 1;

/** Follows the mesh until the returned function is called. */
export function followMesh(): () => void {
  pagesShown = 1;
  poll = pollWhileVisible(async (asking) => {
    try {
      const [next, page] = await Promise.all([
        getSystemStatus(asking),
        pagesShown === 1 ? listDeadLetters({ pageSize: PAGE_SIZE }, asking) : undefined,
      ]);
      if (asking.aborted) return "idle";
      const isChanged = JSON.stringify(next) !== JSON.stringify(status.value);
      status.value = next;
      if (page && pagesShown === 1) {
        letters.value = page.deadLetters ?? [];
        moreLetters.value = page.nextPageToken ?? "";
      }
      statusTrouble.value = undefined;
      return isChanged ? "change" : "idle";
    } catch (error) {
      if (!asking.aborted) statusTrouble.value = troubleOf(error);
      return "error";
    }
  }, PACE);
  return () => {
    poll?.stop();
    poll = undefined;
  };
}

export function askAgain(): void {
  poll?.soon();
}

/** The letters that are shown already stay as they are from then on. */
export async function showMoreLetters(): Promise<void> {
  await act("letters", async () => {
    const query = { pageSize: PAGE_SIZE, pageToken: moreLetters.value };
    const { deadLetters = [], nextPageToken = "" } = await listDeadLetters(query);
    pagesShown += 1;
    letters.value = [...(letters.value ?? []), ...deadLetters];
    moreLetters.value = nextPageToken;
  });
}

export function drain(worker: string): Promise<void> {
  return act(worker, async () => {
    await drainWorker(worker);
    said.value = { text: STRINGS.mesh.drained(workerId(worker)) };
  });
}

export function redrive(letter: DeadLetterJson): Promise<void> {
  return act(letter.name ?? "", async () => {
    const made: JobJson = await redriveLetter(letter);
    without(letter);
    said.value = { text: STRINGS.mesh.redriven, ...(made.name && { job: made.name }) };
  });
}

export function discard(letter: DeadLetterJson): Promise<void> {
  return act(letter.name ?? "", async () => {
    await discardLetter(letter);
    without(letter);
    said.value = { text: STRINGS.mesh.discarded };
  });
}

function without({ name }: DeadLetterJson): void {
  letters.value = letters.value?.filter((each) => each.name !== name);
}

async function act(name: string, change: () => Promise<void>): Promise<void> {
  busy.value = new Set([...busy.value, name]);
  refusal.value = undefined;
  try {
    await change();
  } catch (error) {
    refusal.value = troubleOf(error);
  } finally {
    busy.value = new Set([...busy.value].filter((each) => each !== name));
    poll?.soon();
  }
}

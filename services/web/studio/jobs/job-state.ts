/** What the states of a job mean for a page: their words, whether they end it, how far it is. */
import type { JobJson, JobStateJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";

/** A state without its prefix, in small letters: `queued`, `succeeded`. */
export type StateWord =
  | "queued"
  | "depth"
  | "render"
  | "encode"
  | "succeeded"
  | "failed"
  | "cancelled"
  | "expired";

const PREFIX = "JOB_STATE_";

/** A later server may send a state that this page does not know: it is shown as a word, too. */
export function stateWord(state: JobStateJson | undefined): StateWord {
  return (state ?? "JOB_STATE_QUEUED").slice(PREFIX.length).toLowerCase() as StateWord;
}

export const RUNNING_STATES: readonly JobStateJson[] = [
  "JOB_STATE_QUEUED",
  "JOB_STATE_DEPTH",
  "JOB_STATE_RENDER",
  "JOB_STATE_ENCODE",
];

export function isRunning({ state }: Pick<JobJson, "state">): boolean {
  return RUNNING_STATES.includes(state ?? "JOB_STATE_QUEUED");
}

/** How a state is colored. Color never stands alone: the word is always beside it. */
export type Tone = "waiting" | "running" | "good" | "bad" | "quiet";

const TONES: Readonly<Record<StateWord, Tone>> = {
  queued: "waiting",
  depth: "running",
  render: "running",
  encode: "running",
  succeeded: "good",
  failed: "bad",
  cancelled: "quiet",
  expired: "bad",
};

export function toneOf(state: JobStateJson | undefined): Tone {
  return TONES[stateWord(state)] ?? "quiet";
}

/** 0 to 1 over all stages together; 1 for a job that has succeeded, with or without a video. */
export function overallProgress({ state, progress }: JobJson): number {
  if (state === "JOB_STATE_SUCCEEDED") return 1;
  const { depth = 0, render = 0, encode = 0 } = progress ?? {};
  return (Number(depth) + Number(render) + Number(encode)) / 3;
}

/** The id within `jobs/{job}`. */
export function jobId(name: string | undefined): string {
  return (name ?? "").replace(/^jobs\//, "");
}

/** The photo's name where the client has said it, or else the job's id. */
export function jobTitle({ name, labels }: JobJson): string {
  return labels?.photo || jobId(name);
}

/** The poster among the job's artifacts that exist now, as a path of the API. */
export function posterPath({ artifacts = [] }: JobJson): string | undefined {
  const poster = artifacts.find(
    ({ name = "", mediaType = "" }) =>
      /\/poster\.\w+$/.test(name) && /^image\/(jpeg|png|webp)$/.test(mediaType),
  );
  return poster?.name === undefined ? undefined : `/v1/${poster.name}`;
}

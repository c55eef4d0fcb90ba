/** The label by which the command finds the photo's name of a job again. */
import { basename, extname } from "node:path";
import type { JobFiles } from "../client/job-files.js";
import { printable } from "../core/printable.js";
import type { Job } from "../proto/gen/depthmesh/v1/job.js";

/** What the gateway takes as a label's value, in characters. */
const MAX_CHARACTERS = 63;

/** The labels of every job of the command: `photo` is the photo's file name. */
export function labelsOf({ photo }: Pick<JobFiles<string>, "photo">): Record<string, string> {
  return { photo: labelText(basename(photo)) };
}

/** A long name is cut in front of its extension; what cannot be printed becomes `?`. */
function labelText(name: string): string {
  const characters = [...printable(name)];
  if (characters.length <= MAX_CHARACTERS) return characters.join("");
  const ending = [...extname(name)].slice(0, 10);
  return [...characters.slice(0, MAX_CHARACTERS - ending.length - 1), "…", ...ending].join("");
}

/** The file name of a job's photo; empty for a job of another client. */
export function photoOf({ labels }: Pick<Job, "labels">): string {
  return labels.photo ?? "";
}

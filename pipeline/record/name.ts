/** `jobs/{job}`: how the API names a job. */
import { isId } from "./id.js";
import { jobNotFound } from "./store.js";

const PREFIX = "jobs/";

/** The id in a job's name. Throws JOB_NOT_FOUND for anything else. */
export function parseJobName(name: string): string {
  const id = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : "";
  if (!isId(id)) throw jobNotFound(id.slice(0, 64));
  return id;
}

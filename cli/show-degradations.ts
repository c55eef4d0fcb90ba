/** Says on standard error what was made in a lesser way than asked for. */
import type { Job } from "../proto/gen/depthmesh/v1/job.js";

export function showDegradations({ degradations }: Job): void {
  for (const { from, to, detail } of degradations) {
    process.stderr.write(`degraded: ${from} failed (${detail}), ${to} was used\n`);
  }
}

import type { Restart } from "../launcher/supervised.js";

const ENDS: Readonly<Record<Restart["cause"], string>> = {
  died: "died",
  silent: "stopped answering and was killed",
  drained: "was drained",
};

/** What `depthmesh up` prints when a part is started again. */
export function restartLine(part: string, { cause, delayMs }: Restart): string {
  return `${part} ${ENDS[cause]}; restarting it in ${delayMs} ms\n`;
}

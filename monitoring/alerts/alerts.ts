/** Every alert of the mesh, by its name. */
import type { Alert } from "./alert.js";
import { AVAILABILITY_ALERTS } from "./availability.js";
import { CALL_ALERTS } from "./calls.js";
import { JOB_ALERTS } from "./jobs.js";
import { QUEUE_ALERTS } from "./queues.js";
import { RUNTIME_ALERTS } from "./runtime.js";
import { STORAGE_ALERTS } from "./storage.js";

const ROWS = {
  ...AVAILABILITY_ALERTS,
  ...QUEUE_ALERTS,
  ...JOB_ALERTS,
  ...CALL_ALERTS,
  ...STORAGE_ALERTS,
  ...RUNTIME_ALERTS,
};

export type AlertName = keyof typeof ROWS;

export const ALERTS: Readonly<Record<AlertName, Alert>> = ROWS;
export const ALERT_NAMES = Object.keys(ROWS) as AlertName[];

/** Its page, relative to docs/. */
export const runbookOf = (name: AlertName) => `runbooks/${name}.md`;

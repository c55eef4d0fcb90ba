/** `--deadline`: seconds from now, or a time. */
import { DepthmeshError } from "../core/errors.js";

/** With its zone: the same words are the same moment everywhere. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** Throws PARAMETER_OUT_OF_RANGE. Whether it lies in the future is the server's to say. */
export function parseDeadline(text: string, nowMs: number): Date {
  const seconds = text.trim() === "" ? Number.NaN : Number(text);
  const time = new Date(TIME.test(text) ? text : nowMs + seconds * 1000);
  if (Number.isFinite(time.getTime())) return time;
  throw new DepthmeshError(
    "PARAMETER_OUT_OF_RANGE",
    "a deadline is a number of seconds, or a time such as 2026-01-31T18:00:00Z",
    { metadata: { field: "deadline", actual: text.slice(0, 64) } },
  );
}

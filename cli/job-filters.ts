/** Options that choose jobs by their labels and their age. */
import { DepthmeshError } from "../core/errors.js";
import { isPointInTime } from "./options.js";
import { durationMs } from "./quantity.js";

/** `labels` with one more, from `key=value`. Throws PARAMETER_OUT_OF_RANGE. */
export function addLabel(
  text: string,
  labels: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = text.indexOf("=");
  if (at > 0) return { ...labels, [text.slice(0, at)]: text.slice(at + 1) };
  const message = `${text.slice(0, 64)} is no label: write it as key=value`;
  throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, { metadata: { field: "label" } });
}

/** The point in time that lies so long ago, or is named. Throws PARAMETER_OUT_OF_RANGE. */
export function parseSince(text: string): Date {
  const agoMs = durationMs(text);
  const time = new Date(
    agoMs === undefined && isPointInTime(text) ? text : Date.now() - (agoMs ?? Number.NaN),
  );
  if (Number.isFinite(time.getTime())) return time;
  const message =
    "--since must be a time before now such as 12h or 7d, or a time such as 2026-01-31T18:00:00Z";
  const metadata = { field: "since", actual: text.slice(0, 64) };
  throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, { metadata });
}

/** Times of jobs in words. */
import { durationText } from "../../../../core/quantity-text.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago: `now`, `40 s`, `5 min`, `3 h`, `12 days`; a time in the future is now. */
export function agoText(time: string | undefined, nowMs: number, now: string): string {
  if (time === undefined) return "";
  const seconds = Math.floor((nowMs - Date.parse(time)) / 1000);
  if (seconds < 5) return now;
  if (seconds < MINUTE) return `${seconds} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)} h`;
  return `${Math.floor(seconds / DAY)} days`;
}

/** From one time to another, or until now; undefined without the first. */
export function betweenText(
  from: string | undefined,
  to: string | undefined,
  nowMs: number,
): string | undefined {
  if (from === undefined) return undefined;
  const end = to === undefined ? nowMs : Date.parse(to);
  return durationText(Math.max(0, end - Date.parse(from)) / 1000);
}

/** Until a time in the future; undefined once it has come. */
export function untilText(time: string | undefined, nowMs: number): string | undefined {
  if (time === undefined) return undefined;
  const seconds = (Date.parse(time) - nowMs) / 1000;
  return seconds >= 0.5 ? durationText(seconds) : undefined;
}

/** Date and time as the reader's language writes them. */
export function dateText(time: string | undefined): string {
  if (time === undefined) return "";
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** The time of day alone. */
export function clockText(time: string): string {
  return new Date(time).toLocaleTimeString(undefined, { timeStyle: "medium" });
}

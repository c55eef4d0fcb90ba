/**
 * Ids of jobs, orders and leases: 26 characters of Crockford base 32, sortable by time. Also parses
 * the name of a job in the API, `jobs/{id}`.
 */

import { randomBytes } from "node:crypto";
import { DepthmeshError } from "../../core/errors.js";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16;
const PATTERN = /^[0-9a-hjkmnp-tv-z]{26}$/;

/** Makes an id of 48 bits of Unix time in milliseconds and 80 random bits. */
export function newId(nowMs = Date.now()): string {
  return timeOfId(nowMs) + lettersOf(randomBytes(RANDOM_CHARACTERS));
}

/** What the ids of a time, in Unix milliseconds, begin with. */
export function timeOfId(ms: number): string {
  let time = "";
  for (let rest = ms, i = 0; i < TIME_CHARACTERS; i++) {
    time = ALPHABET.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  return time;
}

/** The id of the same time that follows from the first 16 of the bytes. */
export function idBeside(id: string, bytes: Uint8Array): string {
  return id.slice(0, TIME_CHARACTERS) + lettersOf(bytes.subarray(0, RANDOM_CHARACTERS));
}

function lettersOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => ALPHABET.charAt(byte % 32)).join("");
}

export function isId(value: string): boolean {
  return PATTERN.test(value);
}

/** The API names a job `jobs/{id}`. */
const PREFIX = "jobs/";

/** The id in a job's name. Throws JOB_NOT_FOUND for a name of any other form. */
export function parseJobName(name: string): string {
  const id = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : "";
  if (!isId(id)) throw notAJobName(name.slice(0, 64));
  return id;
}

function notAJobName(name: string): DepthmeshError {
  const message = `this is no name of a job: a name is ${PREFIX} and 26 characters, as Job.name has it`;
  return new DepthmeshError("JOB_NOT_FOUND", message, { metadata: { name } });
}

export function jobNotFound(id: string): DepthmeshError {
  return new DepthmeshError("JOB_NOT_FOUND", "there is no such job", { metadata: { job: id } });
}

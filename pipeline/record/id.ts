/** Identifiers: 26 characters of Crockford base 32, sortable by time. */
import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16;
const PATTERN = /^[0-9a-hjkmnp-tv-z]{26}$/;

/** 48 bits of Unix milliseconds, then 80 random bits. */
export function newId(nowMs = Date.now()): string {
  let time = "";
  for (let rest = nowMs, i = 0; i < TIME_CHARACTERS; i++) {
    time = ALPHABET.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  const random = Array.from(randomBytes(RANDOM_CHARACTERS), (byte) => ALPHABET.charAt(byte % 32));
  return time + random.join("");
}

export function isId(value: string): boolean {
  return PATTERN.test(value);
}

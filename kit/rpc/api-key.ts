/**
 * API keys: `dm_{id}_{secret}`. The id is public, names the key, and sorts keys by the time at
 * which they were made; of the secret, the mesh keeps a hash only.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Crockford's base 32: no letter that looks like a digit. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
/** Seconds of Unix time in base 32. */
const TIME_CHARACTERS = 7;
const RANDOM_CHARACTERS = 9;
const ID = /^[0-9a-hjkmnp-tv-z]{16}$/;
const SECRET_BYTES = 32;
/** The secret in base64url. */
const KEY = /^dm_([0-9a-hjkmnp-tv-z]{16})_[A-Za-z0-9_-]{43}$/;
/** Tells a key from a token of another kind. */
const PREFIX = "dm_";

export interface NewApiKey {
  readonly id: string;
  /** The whole key, which only its owner may have. */
  readonly key: string;
  /** `hashOfApiKey` of it. */
  readonly hash: string;
}

/** Makes a key with a secret of 256 random bits. */
export function newApiKey(nowMs = Date.now()): NewApiKey {
  const id = newKeyId(nowMs);
  const key = `${prefixOf(id)}_${randomBytes(SECRET_BYTES).toString("base64url")}`;
  return { id, key, hash: hashOfApiKey(key) };
}

function newKeyId(nowMs: number): string {
  let time = "";
  for (let rest = Math.floor(nowMs / 1000), i = 0; i < TIME_CHARACTERS; i++) {
    time = ALPHABET.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  const random = Array.from(randomBytes(RANDOM_CHARACTERS), (byte) => ALPHABET.charAt(byte % 32));
  return time + random.join("");
}

export function isKeyId(text: string): boolean {
  return ID.test(text);
}

/** Whether a credential means to be a key, of whatever form. */
export function looksLikeApiKey(credential: string): boolean {
  return credential.startsWith(PREFIX);
}

/** The id in a key; undefined for a text that is no key. */
export function keyIdIn(credential: string): string | undefined {
  return KEY.exec(credential)?.[1];
}

/** Begins each key of this id, so that people recognise it. */
export function prefixOf(id: string): string {
  return `${PREFIX}${id}`;
}

/**
 * SHA-256 of the whole key in hex, as `sha256sum` prints it. A secret of 256 random bits cannot be
 * guessed from it, so a slow hash would protect nothing more and cost every call.
 */
export function hashOfApiKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** Takes equally long for every pair of hashes. */
export function isSameHash(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left, "hex"), Buffer.from(right, "hex")];
  return a.length === b.length && timingSafeEqual(a, b);
}

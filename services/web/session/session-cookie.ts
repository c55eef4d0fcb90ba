/** The cookie that keeps the key of whoever uses the studio, where no script can read it. */
import type { CookieSerializeOptions } from "@fastify/cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import { rangeError } from "../../../core/errors.js";

/** A browser takes the first from an encrypted connection to this very host only. */
const ENCRYPTED_NAME = "__Host-depthmesh-key";
const PLAIN_NAME = "depthmesh-key";
/** Browsers drop cookies above 4 KiB, name and attributes included. */
const MAX_KEY_BYTES = 3_800;

/** The key that the cookies of a request have; undefined without one. */
export function keyInCookies({ cookies }: Pick<FastifyRequest, "cookies">): string | undefined {
  return cookies[ENCRYPTED_NAME] ?? cookies[PLAIN_NAME];
}

/**
 * From now on the browser sends the key. Throws PARAMETER_OUT_OF_RANGE for one that is too long.
 */
export function keepKey(reply: FastifyReply, key: string, isEncrypted: boolean): void {
  if (key.length > MAX_KEY_BYTES) {
    const message = `the key has ${key.length} characters; a cookie holds at most ${MAX_KEY_BYTES}`;
    throw rangeError("key", key.length, { maximum: MAX_KEY_BYTES }, message);
  }
  reply.setCookie(nameOf(isEncrypted), key, attributes(isEncrypted));
  forget(reply, !isEncrypted);
}

/** The browser forgets the key, however it came to it. */
export function forgetKey(reply: FastifyReply): void {
  for (const isEncrypted of [true, false]) forget(reply, isEncrypted);
}

function forget(reply: FastifyReply, isEncrypted: boolean): void {
  reply.clearCookie(nameOf(isEncrypted), attributes(isEncrypted));
}

function nameOf(isEncrypted: boolean): string {
  return isEncrypted ? ENCRYPTED_NAME : PLAIN_NAME;
}

function attributes(secure: boolean): CookieSerializeOptions {
  return { path: "/", httpOnly: true, sameSite: "strict", secure };
}

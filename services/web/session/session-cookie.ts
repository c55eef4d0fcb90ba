/** The cookie that keeps the key of whoever uses the studio, where no script can read it. */
import type { CookieSerializeOptions } from "@fastify/cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import { rangeError } from "../../../core/errors.js";

/** A browser takes the first from an encrypted connection to this very host only. */
const ENCRYPTED_NAME = "__Host-depthmesh-key";
const PLAIN_NAME = "depthmesh-key";
/** Browsers drop cookies above 4 KiB, name and attributes included. */
const MAX_KEY_BYTES = 3_800;

/** As a header can carry it. */
const KEY = /^[!-~]+$/;

export type CookieRequest = Pick<FastifyRequest, "cookies" | "protocol" | "headers">;

/**
 * The key that the cookies of a request have; undefined without one, and for what is no key. On an
 * encrypted page the plain cookie does not count: whoever answers for this host without encryption
 * could have set it, so that a person would work with the key of a stranger.
 */
export function keyInCookies(request: CookieRequest): string | undefined {
  const { cookies } = request;
  const kept = cookies[ENCRYPTED_NAME] ?? (isEncrypted(request) ? "" : cookies[PLAIN_NAME]);
  return kept !== undefined && isKey(kept) ? kept : undefined;
}

export function isKey(text: string): boolean {
  return KEY.test(text);
}

/** A proxy in front may be the one that speaks TLS; the page's origin tells what its user sees. */
function isEncrypted({ protocol, headers }: Omit<CookieRequest, "cookies">): boolean {
  return protocol === "https" || /^https:/i.test(headers.origin ?? "");
}

/**
 * From now on the browser sends the key. Throws PARAMETER_OUT_OF_RANGE for one that is too long.
 */
export function keepKey(request: CookieRequest, reply: FastifyReply, key: string): void {
  if (key.length > MAX_KEY_BYTES) {
    const message = `the key has ${key.length} characters; a cookie holds at most ${MAX_KEY_BYTES}`;
    throw rangeError("key", key.length, { maximum: MAX_KEY_BYTES }, message);
  }
  const secure = isEncrypted(request);
  reply.setCookie(nameOf(secure), key, attributes(secure));
  forget(reply, !secure);
}

/** The browser forgets the key, however it came to it. */
export function forgetKey(reply: FastifyReply): void {
  for (const secure of [true, false]) forget(reply, secure);
}

function forget(reply: FastifyReply, secure: boolean): void {
  reply.clearCookie(nameOf(secure), attributes(secure));
}

function nameOf(secure: boolean): string {
  return secure ? ENCRYPTED_NAME : PLAIN_NAME;
}

function attributes(secure: boolean): CookieSerializeOptions {
  return { path: "/", httpOnly: true, sameSite: "strict", secure };
}

/** Photos by their URL: from origins that the operator lists, at addresses that were checked. */
import { DepthmeshError } from "../../../core/errors.js";
import { type AddressRules, checkedUrl } from "../../../kit/egress/address.js";
import { AddressRanges } from "../../../kit/egress/address-ranges.js";
import { checkedAddresses, type Resolve, resolveName } from "../../../kit/egress/resolve.js";
import { bodyChunks } from "../body/body-chunks.js";
import { get } from "./get.js";
import { parseOrigins } from "./photo-origins.js";

/** A server may send a photo's old address on to the new one, on the same origin. */
const MAX_REDIRECTS = 3;
const OK = 200;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface PhotoSourceSettings {
  /** What `parseOrigins` reads; empty: no photo is fetched. */
  readonly photoOrigins: string;
  /** What AddressRanges takes. */
  readonly photoAllow: string;
  /** Until the last byte has come. */
  readonly photoTimeoutMs: number;
}

export class PhotoSource {
  readonly #origins: ReadonlySet<string>;
  readonly #rules: AddressRules;
  readonly #timeoutMs: number;
  readonly #resolve: Resolve;

  constructor(settings: PhotoSourceSettings, resolve: Resolve = resolveName) {
    this.#origins = parseOrigins(settings.photoOrigins) ?? new Set();
    this.#rules = {
      refusal: { reason: "PARAMETER_OUT_OF_RANGE", what: "photoUrl", field: "photoUrl" },
      // The origins in the list say which of them are http.
      allowHttp: true,
      ranges: new AddressRanges(settings.photoAllow),
    };
    this.#timeoutMs = settings.photoTimeoutMs;
    this.#resolve = resolve;
  }

  /** Throws PARAMETER_OUT_OF_RANGE for a URL that may not be fetched. */
  check(text: string): URL {
    if (this.#origins.size === 0) {
      throw refused("photoUrl is not taken here: the operator has listed no origin for photos");
    }
    const url = checkedUrl(text, this.#rules);
    if (!this.#origins.has(url.origin)) {
      throw refused("photoUrl names an origin that the operator has not listed");
    }
    return url;
  }

  /**
   * The bytes of the photo, read as they are asked for. Throws as `check`, also for a redirect to
   * another origin, PARAMETER_OUT_OF_RANGE where the server has no photo at the URL,
   * UPLOAD_TOO_LARGE, SERVICE_UNAVAILABLE where it cannot be reached, does not answer in time or
   * breaks off.
   */
  async *read(from: URL, maximumBytes: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const late = AbortSignal.timeout(this.#timeoutMs);
    const over = AbortSignal.any([signal, late]);
    try {
      const response = await this.#open(from, over);
      assertSize(Number(response.headers["content-length"] ?? 0), maximumBytes);
      let bytes = 0;
      try {
        for await (const chunk of bodyChunks(response)) {
          bytes += chunk.length;
          assertSize(bytes, maximumBytes);
          yield chunk;
        }
      } finally {
        response.destroy();
      }
    } catch (error) {
      signal.throwIfAborted();
      throw told(error, late.aborted, this.#timeoutMs);
    }
  }

  async #open(from: URL, signal: AbortSignal) {
    let url = from;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const addresses = await checkedAddresses(url, this.#rules, this.#resolve, signal);
      const response = await get({ url, addresses }, signal);
      const { statusCode: status = 0, headers } = response;
      if (status === OK) return response;
      response.destroy();
      if (!REDIRECTS.has(status)) throw refused(`the server of photoUrl answered ${status}`);
      url = this.#redirected(url, headers.location ?? "");
    }
    throw refused(`the server of photoUrl redirects more than ${MAX_REDIRECTS} times`);
  }

  #redirected(from: URL, location: string): URL {
    const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    if (to?.origin !== from.origin) {
      throw refused("the server of photoUrl redirects to another origin, which is not followed");
    }
    return this.check(to.href);
  }
}

function assertSize(bytes: number, maximumBytes: number): void {
  if (bytes <= maximumBytes) return;
  const message = `the photo of photoUrl has ${bytes} bytes or more; it may have at most ${maximumBytes}`;
  throw new DepthmeshError("UPLOAD_TOO_LARGE", message, {
    metadata: { limit_bytes: String(maximumBytes), actual_bytes: String(bytes) },
  });
}

/** What the network says stays in the log: it is a fact of the network of this mesh. */
function told(error: unknown, isLate: boolean, timeoutMs: number): DepthmeshError {
  if (isLate) {
    const words = `the photo of photoUrl did not come within ${timeoutMs} ms`;
    return new DepthmeshError("SERVICE_UNAVAILABLE", words, { cause: error });
  }
  if (error instanceof DepthmeshError && error.reason !== "JOB_CANCELLED") return error;
  const words = "the server of photoUrl cannot be reached, or broke off";
  return new DepthmeshError("SERVICE_UNAVAILABLE", words, { cause: error });
}

function refused(message: string): DepthmeshError {
  return new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, {
    metadata: { field: "photoUrl" },
  });
}

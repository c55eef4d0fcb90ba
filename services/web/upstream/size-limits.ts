/**
 * How large uploads may be, as the gateway says; what is larger is refused before its first byte.
 */
import { DepthmeshError } from "../../../core/errors.js";
import { GetLimitsResponse } from "../../../proto/gen/depthmesh/v1/catalog_service.js";
import { methodOf } from "../json/descriptors.js";
import type { Caller, GatewayClient } from "./gateway-client.js";

const GET_LIMITS = methodOf("CatalogService.GetLimits");

/** The gateway may be started with other limits; then it refuses itself until this has passed. */
const KEPT_MS = 60_000;

/** The header of a job, and what frames the parts of a form. */
const FORM_BYTES = 2 * 2 ** 20;

interface Known {
  readonly uploadBytes: number;
  readonly soundBytes: number;
  readonly untilMs: number;
}

export class SizeLimits {
  readonly #gateway: Pick<GatewayClient, "unary">;
  #known: Known | undefined;

  constructor(gateway: Pick<GatewayClient, "unary">) {
    this.#gateway = gateway;
  }

  /** Most bytes of an upload, which may become any file of a job. */
  async ofUpload(caller: Caller): Promise<number> {
    const { uploadBytes, soundBytes } = await this.#limits(caller);
    return Math.max(uploadBytes, soundBytes);
  }

  /** Most bytes of a form with all files of a job. */
  async ofForm(caller: Caller): Promise<number> {
    const { uploadBytes, soundBytes } = await this.#limits(caller);
    return 2 * uploadBytes + soundBytes + FORM_BYTES;
  }

  /** Most bytes of a photo. Asks the gateway anew, which refuses callers that it does not know. */
  async ofPhoto(caller: Caller): Promise<number> {
    return (await this.#ask(caller)).uploadBytes;
  }

  #limits(caller: Caller): Promise<Known> | Known {
    if (this.#known && performance.now() < this.#known.untilMs) return this.#known;
    return this.#ask(caller);
  }

  async #ask(caller: Caller): Promise<Known> {
    const bytes = await this.#gateway.unary(GET_LIMITS, new Uint8Array(), caller);
    const { maxUploadBytes, maxSoundBytes } = GetLimitsResponse.decode(bytes);
    const untilMs = performance.now() + KEPT_MS;
    this.#known = { uploadBytes: maxUploadBytes, soundBytes: maxSoundBytes, untilMs };
    return this.#known;
  }
}

/** Throws UPLOAD_TOO_LARGE where a body says that it is larger than the limit. */
export function assertBodySize(
  headers: { readonly "content-length"?: string | undefined },
  maximumBytes: number,
): void {
  const sizeBytes = Number(headers["content-length"] ?? 0);
  if (sizeBytes <= maximumBytes) return;
  const message = `the body has ${sizeBytes} bytes; it may have at most ${maximumBytes}`;
  throw new DepthmeshError("UPLOAD_TOO_LARGE", message, {
    metadata: { limit_bytes: String(maximumBytes), actual_bytes: String(sizeBytes) },
  });
}

/**
 * The public keys of an issuer of tokens, from a file or an https address. An unknown key of a
 * token makes it read them again, so that an issuer can rotate its keys; while the source is away,
 * the keys that were read before stay.
 */
import { readFile } from "node:fs/promises";
import { createLocalJWKSet, errors, type JWTVerifyGetKey } from "jose";
import { DepthmeshError } from "../../../core/errors.js";
import type { Log } from "../../../kit/log.js";

/** Keys that are older are read again, in the background. */
const MAX_AGE_MS = 10 * 60_000;
/** Tokens of strangers with invented keys cause no more readings than one in this time. */
const COOL_DOWN_MS = 30_000;
const FETCH_TIMEOUT_MS = 5_000;
const MAX_BYTES = 256 * 1024;

export interface JwksTimes {
  readonly maxAgeMs: number;
  readonly coolDownMs: number;
}

type Keys = ReturnType<typeof createLocalJWKSet>;

export class JwksSource {
  readonly #location: string;
  readonly #log: Log;
  readonly #times: JwksTimes;
  #keys: Keys | undefined;
  #text = "";
  #readAtMs = Number.NEGATIVE_INFINITY;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #generation = 0;

  /** `location`: a path, an https address, or an http address of this host. */
  constructor(location: string, log: Log, times: Partial<JwksTimes> = {}) {
    this.#location = location;
    this.#log = log;
    this.#times = { maxAgeMs: MAX_AGE_MS, coolDownMs: COOL_DOWN_MS, ...times };
  }

  /** Counts how often the keys have changed: what an earlier set has verified may be void. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Reads the keys for the first time. Throws where a file cannot be read, or its content is no key
   * set; an address may be away and is asked again later.
   */
  async open(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      if (!isAddress(this.#location)) {
        throw new Error(
          `DEPTHMESH_JWT_JWKS is "${this.#location}", which is no readable file with a JSON Web Key Set`,
          { cause: error },
        );
      }
      this.#warn(error);
    }
  }

  /** Has keys that are too old read again; waits for nothing. */
  refresh(): void {
    if (performance.now() - this.#readAtMs > this.#times.maxAgeMs) void this.#readAgain();
  }

  /** The key that a token names, for jose. Throws jose's errors, or SERVICE_UNAVAILABLE. */
  readonly key: JWTVerifyGetKey = async (header, token) => {
    if (!this.#keys) await this.#readAgain();
    try {
      return await this.#known()(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#readAgain();
      return await this.#known()(header, token);
    }
  };

  #known(): Keys {
    if (this.#keys) return this.#keys;
    const message = "the keys of the tokens' issuer cannot be read at the moment";
    throw new DepthmeshError("SERVICE_UNAVAILABLE", message);
  }

  /** At most one reading at a time, and one in a cool-down. Never rejects. */
  #readAgain(): Promise<void> {
    if (this.#reading) return this.#reading;
    if (performance.now() - this.#triedAtMs < this.#times.coolDownMs) return Promise.resolve();
    this.#reading = this.#read()
      .catch((error) => this.#warn(error))
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  async #read(): Promise<void> {
    this.#triedAtMs = performance.now();
    const text = isAddress(this.#location)
      ? await download(this.#location)
      : await readFile(this.#location, "utf8");
    const keys = createLocalJWKSet(JSON.parse(text));
    this.#readAtMs = performance.now();
    if (text === this.#text) return;
    this.#text = text;
    this.#keys = keys;
    this.#generation += 1;
  }

  #warn(error: unknown): void {
    this.#log.warn({ err: error }, "the keys of the tokens' issuer could not be read");
  }
}

function isAddress(location: string): boolean {
  return /^https?:\/\//.test(location);
}

/** Redirects are refused: only the address of the settings is trusted. */
async function download(address: string): Promise<string> {
  const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  const response = await fetch(address, {
    ...{ signal, redirect: "error", headers: { accept: "application/json" } },
  });
  if (!response.ok) throw new Error(`${address} answers ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`${address} sends more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Calls of the HTTP API in tests: forms, JSON, and jobs that are made by them. */
import assert from "node:assert/strict";

export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  json(): Json;
}

/** The form of a job: its header first, then its files by the names of their parts. */
export function formOf(header: Json, files: Readonly<Record<string, Uint8Array>>): FormData {
  const form = new FormData();
  form.append("header", JSON.stringify(header));
  for (const [name, bytes] of Object.entries(files)) {
    form.append(name, new Blob([Uint8Array.from(bytes)]), `${name}.bin`);
  }
  return form;
}

/** A clip of 320 by 214 pixels that never comes from the cache. */
export function clipSpec(durationSeconds: number, frames: number, more: Json = {}): Json {
  const frameRate = { numerator: frames, denominator: 1 };
  const clip = { durationSeconds, frameRate, width: 320, height: 214 };
  return { camera: { preset: "circle" }, clip, cachePolicy: "CACHE_POLICY_BYPASS", ...more };
}

/** Calls of one web service. */
export class WebCalls {
  readonly #origin: string;

  /** `origin` as the web service prints it, such as `http://127.0.0.1:7480`. */
  constructor(origin: string) {
    this.#origin = origin;
  }

  async call(path: string, init: RequestInit = {}): Promise<Answer> {
    const signal = AbortSignal.timeout(60_000);
    const response = await fetch(`${this.#origin}${path}`, { signal, ...init });
    const bytes = Buffer.from(await response.arrayBuffer());
    const { status, headers } = response;
    return { status, headers, bytes, json: () => JSON.parse(bytes.toString()) as Json };
  }

  post(path: string, body: FormData | Buffer | string, headers: HeadersInit = {}): Promise<Answer> {
    return this.call(path, {
      ...{ method: "POST", headers },
      body: Buffer.isBuffer(body) ? new Uint8Array(body) : body,
    });
  }

  postJson(path: string, body: Json): Promise<Answer> {
    return this.post(path, JSON.stringify(body), { "content-type": "application/json" });
  }

  /** Makes a job by form, and returns its name. */
  async jobByForm(header: Json, files: Readonly<Record<string, Uint8Array>>): Promise<string> {
    const { status, headers, json } = await this.post("/v1/jobs", formOf(header, files));
    const job = json();
    assert.equal(status, 201, JSON.stringify(job));
    assert.equal(headers.get("location"), `/v1/${job.name}`);
    return String(job.name);
  }
}

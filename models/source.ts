/** The source of a model file: its own address, or a mirror (a folder or a server). */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { DepthmeshError } from "../core/errors.js";
import { StallWatch } from "../kit/async/stall-watch.js";
import type { ModelEntry, ModelFile } from "./manifest.js";
import { fileSize } from "./model-file.js";

/** The bytes from `offset` on. A source that cannot start at the requested offset starts at 0. */
export interface OpenSource {
  readonly offset: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export type ModelSource = (offset: number, signal?: AbortSignal) => Promise<OpenSource>;

export interface SourceOptions {
  /** Folder or http(s) URL; empty means the model's own source. */
  readonly mirror: string;
  /** Base URL of the hub. */
  readonly hub: string;
}

/** Time without a byte after which a connection is aborted. */
const STALL_MS = 30_000;

/** The source of one file. Throws PARAMETER_CONFLICT for a model that comes with the package. */
export function sourceOf(
  entry: ModelEntry,
  file: ModelFile,
  { mirror, hub }: SourceOptions,
): ModelSource {
  const { source, name } = entry;
  if (source.kind === "built-in") {
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      `${name} is built in, so there is nothing to pull`,
    );
  }
  if (mirror !== "") {
    return /^https?:/.test(mirror)
      ? fromUrl(`${trimmed(mirror)}/${name}/${file.name}`)
      : fromFile(join(mirror, name, file.name));
  }
  if (source.kind === "url") return fromUrl(`${trimmed(source.base)}/${file.path}`);
  const { repository, revision } = source;
  return fromUrl(`${trimmed(hub)}/${repository}/resolve/${revision}/${file.path}`);
}

const trimmed = (url: string) => url.replace(/\/+$/, "");

function fromFile(path: string): ModelSource {
  return async (offset) => {
    const size = await fileSize(path);
    if (size === undefined) throw notFound(`the mirror has no ${path}`);
    const start = offset < size ? offset : 0;
    return { offset: start, chunks: createReadStream(path, { start }) };
  };
}

function fromUrl(url: string): ModelSource {
  return async (offset, signal) => {
    const stop = new AbortController();
    // Only a connection on which nothing arrives is aborted; the whole file may take any time.
    const stall = new StallWatch({
      stallMs: STALL_MS,
      stalled: () => stop.abort(new Error(`no bytes arrived for ${STALL_MS} ms`)),
    });
    stall.begin();
    const request = {
      headers: offset > 0 ? { range: `bytes=${offset}-` } : {},
      signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
    };
    const response = await fetch(url, request).catch((error: unknown) => {
      stall.end();
      throw lost(`${url} cannot be reached`, error);
    });
    if (response.status === 206 || response.status === 200) {
      return { offset: rangeStart(response), chunks: chunksOf(response, stall) };
    }
    stall.end();
    await response.body?.cancel();
    const message = `${url} answered ${response.status}`;
    throw isRefusal(response.status) ? notFound(message) : lost(message);
  };
}

/**
 * Whether the server would answer the same next time: a client error, except a timeout and too many
 * requests.
 */
const isRefusal = (status: number) =>
  status >= 400 && status < 500 && status !== 408 && status !== 429;

/**
 * The offset at which the response body starts: 0 for a server without range support, which answers
 * 200 with the whole file.
 */
function rangeStart(response: Response): number {
  if (response.status !== 206) return 0;
  const [, start] = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "") ?? [];
  if (start === undefined) throw lost(`${response.url} answered 206 without a valid content-range`);
  return Number(start);
}

async function* chunksOf({ body, url }: Response, stall: StallWatch): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body ?? []) {
      stall.progress();
      yield chunk;
    }
  } catch (error) {
    throw lost(`the connection to ${url} broke off`, error);
  } finally {
    stall.end();
  }
}

function lost(message: string, cause?: unknown): DepthmeshError {
  return new DepthmeshError("MODEL_SOURCE_LOST", message, { cause });
}

function notFound(message: string): DepthmeshError {
  return new DepthmeshError("MODEL_FILE_NOT_FOUND", message);
}

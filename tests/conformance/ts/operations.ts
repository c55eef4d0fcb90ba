/**
 * What a runner does for each operation that is more than one message; README.md describes them.
 */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { DepthmeshClient } from "../../../client/client.js";
import { followJob } from "../../../client/follow-job.js";
import { followLive } from "../../../client/follow-live.js";
import { interact } from "../../../client/interact.js";
import { type JobFiles, readFiles } from "../../../client/job-files.js";
import { uploadFile } from "../../../client/upload-file.js";
import { readStream, sendRequests } from "../../../kit/rpc/client.js";
import { ConvertResponse } from "../../../proto/gen/depthmesh/v1/convert_service.js";
import { Artifact, Job, JobEvent } from "../../../proto/gen/depthmesh/v1/job.js";
import { CreateJobHeader } from "../../../proto/gen/depthmesh/v1/job_service.js";
import {
  InteractCamera,
  InteractResponse,
  InteractStart,
} from "../../../proto/gen/depthmesh/v1/preview_service.js";
import { JobSpec } from "../../../proto/gen/depthmesh/v1/spec.js";
import { Upload } from "../../../proto/gen/depthmesh/v1/upload_service.js";
import { jsonOf, messageOf, methodOf } from "./messages.js";

export interface Operation {
  readonly client: DepthmeshClient;
  readonly argument: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  readonly timeoutMs: number | undefined;
  /** Tells the harness. */
  yield(item: unknown): void;
  /** Resolves when the next item may be taken. */
  pace(): Promise<void>;
}

type Run = (operation: Operation) => Promise<unknown>;

const text = (value: unknown) => (typeof value === "string" ? value : "");
const count = (value: unknown) => (typeof value === "number" ? value : undefined);

/** The items of a stream, each taken when the harness lets it. */
async function* paced<T>({ pace }: Operation, items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      await pace();
      const next = await iterator.next();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Where received bytes go: counted, hashed, and written if a file is named. */
class Sink {
  #hash = createHash("sha256");
  #bytes = 0;
  #file: Awaited<ReturnType<typeof open>> | undefined;

  static async at(path: unknown): Promise<Sink> {
    const sink = new Sink();
    if (typeof path === "string") sink.#file = await open(path, "w");
    return sink;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    await this.#file?.write(bytes, 0, bytes.length, this.#bytes);
    this.#bytes += bytes.length;
  }

  async empty(): Promise<void> {
    this.#hash = createHash("sha256");
    this.#bytes = 0;
    await this.#file?.truncate(0);
  }

  async end(): Promise<{ bytes: number; sha256: string }> {
    await this.#file?.close();
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }
}

function filesOf({ photo, depthMap, sound }: Operation["argument"]): Partial<JobFiles<string>> {
  const path = (value: unknown) => (typeof value === "string" ? { path: value } : undefined);
  const files = { photo: path(photo), depthMap: path(depthMap), sound: path(sound) };
  return {
    ...(files.photo && { photo: files.photo.path }),
    depthMap: files.depthMap?.path,
    sound: files.sound?.path,
  };
}

const createJob: Run = async ({ client, argument, signal, timeoutMs }) => {
  const header = messageOf("CreateJobHeader", CreateJobHeader, argument.header);
  const spec = header.spec ?? JobSpec.create();
  const options = { ...header, signal, timeoutMs };
  const job = await client.createJobFromFiles(spec, filesOf(argument), header.requestId, options);
  return jsonOf("Job", Job, job);
};

const convert: Run = async (operation) => {
  const { client, argument, signal, timeoutMs } = operation;
  const header = messageOf("CreateJobHeader", CreateJobHeader, argument.header);
  const sink = await Sink.at(argument.file);
  let job: unknown;
  const responses = client.convert(
    header.spec ?? JobSpec.create(),
    readFiles(filesOf(argument)),
    signal,
    header.requestId,
    { ...header, timeoutMs },
  );
  for await (const response of paced(operation, responses)) {
    const { kind } = response;
    if (kind?.$case === "chunk") {
      await sink.write(kind.value);
      operation.yield({ chunk: { bytes: kind.value.length } });
      continue;
    }
    if (kind?.$case === "streamStart") await sink.empty();
    if (kind?.$case === "summary") job = jsonOf("Job", Job, kind.value);
    operation.yield(jsonOf("ConvertResponse", ConvertResponse, response));
  }
  return { job, ...(await sink.end()) };
};

const watch: Run = async (operation) => {
  const { client, argument, signal } = operation;
  let lastEvent = count(argument.afterEvent) ?? 0;
  const events = followJob(client, text(argument.name), lastEvent, { signal });
  for await (const event of paced(operation, events)) {
    if (event.kind?.$case === "stateChange") lastEvent = event.number;
    operation.yield(jsonOf("JobEvent", JobEvent, event));
  }
  return { lastEvent };
};

const readArtifact: Run = async (operation) => {
  const { client, argument, signal, timeoutMs } = operation;
  const sink = await Sink.at(argument.file);
  const { artifact, chunks } = await client.readArtifact(text(argument.name), {
    signal,
    timeoutMs,
    offset: count(argument.offset),
    limit: count(argument.limit),
  });
  for await (const chunk of paced(operation, chunks)) {
    await sink.write(chunk);
    operation.yield({ chunk: { bytes: chunk.length } });
  }
  return { artifact: jsonOf("Artifact", Artifact, artifact), ...(await sink.end()) };
};

const follow: Run = async (operation) => {
  const { client, argument, signal } = operation;
  const sink = await Sink.at(argument.file);
  let attempt = "";
  for await (const part of paced(operation, followLive(client, text(argument.job), { signal }))) {
    if (part.kind === "start") {
      ({ attempt } = part);
      await sink.empty();
      operation.yield({ attempt });
    } else {
      await sink.write(part.bytes);
      operation.yield({ chunk: { bytes: part.bytes.length } });
    }
  }
  return { attempt, ...(await sink.end()) };
};

const uploadResumable: Run = async ({ client, argument, signal, pace, yield: tell }) => {
  const upload = await uploadFile(client, text(argument.file), {
    signal,
    upload: text(argument.upload) || undefined,
    partBytes: count(argument.partBytes),
    onProgress: async ({ name, committedSizeBytes }) => {
      tell({ name, committedSizeBytes });
      await pace();
    },
  });
  return jsonOf("Upload", Upload, upload);
};

const interaction: Run = async (operation) => {
  const { client, argument, signal, timeoutMs } = operation;
  const start = messageOf("InteractStart", InteractStart, argument.start);
  const cameras = Array.isArray(argument.cameras) ? argument.cameras : [];
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  async function* moves(): AsyncGenerator<InteractCamera> {
    await ready;
    for (const camera of cameras) yield messageOf("InteractCamera", InteractCamera, camera);
  }
  let frames = 0;
  const responses = interact(client, start, moves(), { signal, timeoutMs });
  for await (const response of paced(operation, responses)) {
    if (response.kind?.$case === "frame") frames++;
    else isReady();
    operation.yield(jsonOf("InteractResponse", InteractResponse, response));
  }
  return { frames };
};

const messages: Run = async (operation) => {
  const { client, argument, signal, timeoutMs } = operation;
  const { method, request, response } = methodOf(text(argument.method));
  const call = client.channel.bidiStream(method, { timeoutMs });
  const requests = Array.isArray(argument.requests) ? argument.requests.map(request) : [];
  async function* sent() {
    yield* requests;
    if (argument.keepOpen === true) await new Promise(() => {});
  }
  // An error of the call reaches the reader below.
  void sendRequests(call, sent());
  for await (const message of paced(operation, readStream<unknown>(call, signal))) {
    operation.yield(response(message));
  }
  return {};
};

export const OPERATIONS: Readonly<Record<string, Run>> = {
  ...{ createJob, convert, watch, readArtifact, followLive: follow },
  ...{ uploadResumable, interact: interaction, messages },
};

/** A unary method of this name. */
export function unary(name: string): Run {
  const { method, request, response } = methodOf(name);
  return async ({ client, argument, signal, timeoutMs }) =>
    response(await client.call(method, request(argument), { signal, timeoutMs }));
}

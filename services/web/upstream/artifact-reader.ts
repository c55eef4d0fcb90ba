/** The files of jobs as the gateway sends them: what a file is first, then its bytes. */
import type { Artifact } from "../../../proto/gen/depthmesh/v1/job.js";
import {
  type FollowedArtifact,
  ReadArtifactRequest,
  ReadArtifactResponse,
} from "../../../proto/gen/depthmesh/v1/result_service.js";
import { methodOf } from "../json/descriptors.js";
import type { Caller, GatewayClient } from "./gateway-client.js";

const READ = methodOf("ResultService.ReadArtifact");

/** A file, and its bytes as they are received. Whoever does not read them calls `cancel`. */
export interface OpenArtifact<Facts> {
  readonly facts: Facts;
  readonly chunks: AsyncGenerator<Uint8Array>;
}

export interface ReadOptions {
  readonly offset?: number;
  /** Zero for all. */
  readonly limit?: number;
}

export interface FollowOptions {
  readonly offset: number;
  readonly attempt: string;
}

export class ArtifactReader {
  readonly #gateway: Pick<GatewayClient, "serverStream">;
  readonly #caller: Caller;

  constructor(gateway: Pick<GatewayClient, "serverStream">, caller: Caller) {
    this.#gateway = gateway;
    this.#caller = caller;
  }

  /** What a file is, without its bytes. Throws JOB_NOT_FOUND, JOB_NOT_READY, ARTIFACT_NOT_FOUND. */
  async describe(name: string): Promise<Artifact> {
    const { facts, chunks } = await this.open(name, { limit: 1 });
    // To its end, which tells what is left of the quota.
    for await (const _ of chunks);
    return facts;
  }

  /** Throws as `describe`; the chunks throw BLOB_CORRUPT. */
  async open(name: string, options: ReadOptions): Promise<OpenArtifact<Artifact>> {
    const { offset = 0, limit = 0 } = options;
    const { kind, chunks } = await this.#read({ name, offset, limit, follow: false, attempt: "" });
    if (kind?.$case !== "artifact") throw new Error("the gateway sent no artifact");
    return { facts: kind.value, chunks };
  }

  /** Waits for the encoder. Throws STREAM_RESTARTED, also between the chunks. */
  async follow(name: string, options: FollowOptions): Promise<OpenArtifact<FollowedArtifact>> {
    const { kind, chunks } = await this.#read({ name, limit: 0, follow: true, ...options });
    if (kind?.$case !== "followed") throw new Error("the gateway sent no attempt");
    return { facts: kind.value, chunks };
  }

  async #read(request: ReadArtifactRequest) {
    const bytes = ReadArtifactRequest.encode(request).finish();
    const responses = this.#gateway.serverStream(READ, bytes, this.#caller);
    const first = await responses.next();
    const kind = first.done ? undefined : ReadArtifactResponse.decode(first.value).kind;
    return { kind, chunks: chunksIn(responses) };
  }
}

async function* chunksIn(responses: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const bytes of responses) {
    const { kind } = ReadArtifactResponse.decode(bytes);
    if (kind?.$case === "chunk") yield kind.value;
  }
}

/**
 * The gateway as the web service calls it: over its public API, with the credentials of whoever
 * called the web service, and in the form of bytes, because JSON is made from descriptors.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type Metadata,
  type StatusObject,
} from "@grpc/grpc-js";
import { targetOf } from "../../../kit/rpc/addresses.js";
import {
  callClientStream,
  callUnary,
  MESH_CHANNEL_OPTIONS,
  outgoingMetadata,
  readStream,
} from "../../../kit/rpc/client.js";
import { clientMeasures } from "../../../kit/rpc/measured-calls.js";
import { limitReadAhead } from "../../../kit/rpc/read-ahead.js";

/** Who called, and until when the answer is of use. */
export interface Caller {
  /** An API key or a JSON Web Token; undefined where the caller showed none. */
  readonly credential: string | undefined;
  readonly signal?: AbortSignal;
  /** Of a call with one answer; half a minute by default. */
  readonly timeoutMs?: number;
  /** Gets the metadata at the end of each call, such as what is left of the tenant's quota. */
  readonly onTrailers?: (trailers: Metadata) => void;
}

/** Where the gateway is, and how it is reached. Both addresses may be lists of several gateways. */
export interface GatewayAccess {
  readonly address: string;
  readonly adminAddress: string;
  readonly channel: ChannelCredentials;
  readonly options?: ChannelOptions;
}

const HEALTH_CHECK = "/grpc.health.v1.Health/Check";
const HEALTH_MS = 2_000;

/** The gateway waits for a worker at most, which answers in seconds. */
const ANSWER_MS = 30_000;

const ADMIN_SERVICE = "depthmesh.v1.AdminService";

/**
 * What the gateway may send of one stream before its reader has taken it: a reader that has stopped
 * costs this much, and a message.
 */
const READ_WINDOW_BYTES = 256 * 1024;

export class GatewayClient {
  readonly #public: Client;
  readonly #admin: Client;
  /** For streams of answers, whose readers may be slow. */
  readonly #reading: Client;

  constructor({ address, adminAddress, channel, options = {} }: GatewayAccess) {
    const all = { ...MESH_CHANNEL_OPTIONS, ...options, interceptors: clientMeasures() };
    this.#public = new Client(targetOf(address), channel, all);
    this.#admin = new Client(targetOf(adminAddress), channel, all);
    this.#reading = new Client(targetOf(address), channel, {
      ...all,
      "grpc-node.flow_control_window": READ_WINDOW_BYTES,
    });
  }

  /** Throws the DepthmeshError that the gateway answers with. */
  unary(method: DescMethod, request: Uint8Array, caller: Caller): Promise<Uint8Array> {
    const client = this.clientOf(method);
    return callUnary<Uint8Array>(
      (metadata, done) =>
        followed(
          client.makeUnaryRequest(
            pathOf(method),
            asBuffer,
            asBuffer,
            request,
            signed(metadata, caller),
            { deadline: Date.now() + (caller.timeoutMs ?? ANSWER_MS) },
            (error, response) => done(error, response as Uint8Array),
          ),
          caller,
        ),
      caller.signal,
    );
  }

  /**
   * Sends messages as fast as the gateway takes them. Throws the DepthmeshError that it answers
   * with, also before all have been sent, and what `messages` throws.
   */
  clientStream(
    method: DescMethod,
    messages: AsyncIterable<Uint8Array>,
    caller: Caller,
  ): Promise<Uint8Array> {
    return callClientStream<Uint8Array, Uint8Array>(
      (metadata, done) =>
        followed(
          this.clientOf(method).makeClientStreamRequest<Uint8Array, Uint8Array>(
            pathOf(method),
            asBuffer,
            asBuffer,
            signed(metadata, caller),
            (error, response) => done(error, response as Uint8Array),
          ),
          caller,
        ),
      messages,
      caller.signal,
    );
  }

  /**
   * The answers of a call of the public port, each received when the one before has been taken.
   * Leaving the loop ends the call. Throws the DepthmeshError that the gateway answers with.
   */
  serverStream(
    method: DescMethod,
    request: Uint8Array,
    caller: Caller,
  ): AsyncGenerator<Uint8Array> {
    const call = this.#reading.makeServerStreamRequest<Uint8Array, Uint8Array>(
      pathOf(method),
      asBuffer,
      asBuffer,
      request,
      signed(outgoingMetadata(), caller),
    );
    limitReadAhead(call, 1);
    return readStream<Uint8Array>(followed(call, caller), caller.signal);
  }

  /** Whether its public port says that it serves; false also where nobody answers. */
  serves(): Promise<boolean> {
    return callUnary<Uint8Array>((metadata, done) =>
      this.#public.makeUnaryRequest(
        HEALTH_CHECK,
        asBuffer,
        asBuffer,
        new Uint8Array(),
        metadata,
        { deadline: Date.now() + HEALTH_MS },
        (error, response) => done(error, response as Uint8Array),
      ),
    ).then(isServing, () => false);
  }

  /** The client of the port that serves the method. */
  clientOf(method: DescMethod): Client {
    return method.parent.typeName === ADMIN_SERVICE ? this.#admin : this.#public;
  }

  close(): void {
    this.#public.close();
    this.#admin.close();
    this.#reading.close();
  }
}

/** The path of a method's calls. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** Adds the caller's credentials to the metadata of a call. */
export function signed(metadata: Metadata, { credential }: Caller): Metadata {
  if (credential !== undefined) metadata.set("authorization", `Bearer ${credential}`);
  return metadata;
}

/** The same call, whose trailers the caller gets. */
function followed<C extends FollowedCall>(call: C, { onTrailers }: Caller): C {
  if (onTrailers) call.on("status", ({ metadata }) => onTrailers(metadata));
  return call;
}

interface FollowedCall {
  on(event: "status", listener: (status: StatusObject) => void): unknown;
}

/** HealthCheckResponse has one field, the status, of which SERVING is 1. */
function isServing(response: Uint8Array): boolean {
  const [tag, status] = response;
  return tag === 0x08 && status === 1;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

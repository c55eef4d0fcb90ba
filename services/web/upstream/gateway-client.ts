/**
 * The gateway as the web service calls it: over its public API, with the credentials of whoever
 * called the web service, and in the form of bytes, because JSON is made from descriptors.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import { Client, credentials, type Metadata } from "@grpc/grpc-js";
import {
  callClientStream,
  callUnary,
  MESH_CHANNEL_OPTIONS,
  outgoingMetadata,
  readStream,
} from "../../../kit/rpc/client.js";
import { limitReadAhead } from "../../../kit/rpc/read-ahead.js";

/** Who called, and until when the answer is of use. */
export interface Caller {
  /** An API key or a JSON Web Token; undefined where the caller showed none. */
  readonly credential: string | undefined;
  readonly signal?: AbortSignal;
}

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

  constructor(address: string, adminAddress: string) {
    this.#public = new Client(address, credentials.createInsecure(), MESH_CHANNEL_OPTIONS);
    this.#admin = new Client(adminAddress, credentials.createInsecure(), MESH_CHANNEL_OPTIONS);
    this.#reading = new Client(address, credentials.createInsecure(), {
      ...MESH_CHANNEL_OPTIONS,
      "grpc-node.flow_control_window": READ_WINDOW_BYTES,
    });
  }

  /** Throws the DepthmeshError that the gateway answers with. */
  unary(method: DescMethod, request: Uint8Array, caller: Caller): Promise<Uint8Array> {
    const client = this.clientOf(method);
    return callUnary<Uint8Array>(
      (metadata, done) =>
        client.makeUnaryRequest(
          pathOf(method),
          asBuffer,
          asBuffer,
          request,
          signed(metadata, caller),
          (error, response) => done(error, response as Uint8Array),
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
        this.clientOf(method).makeClientStreamRequest<Uint8Array, Uint8Array>(
          pathOf(method),
          asBuffer,
          asBuffer,
          signed(metadata, caller),
          (error, response) => done(error, response as Uint8Array),
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
    return readStream<Uint8Array>(call, caller.signal);
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

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Client calls as promises and async iterables; they carry the trace context in their metadata. */
import {
  type ChannelCredentials,
  type ChannelOptions,
  type ClientDuplexStream,
  type ClientOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  InterceptingCall,
  type Interceptor,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { onAbort } from "../async/abort.js";
import { injectContext } from "../telemetry/propagation.js";
import { targetOf } from "./addresses.js";
import { clientMeasures } from "./measured-calls.js";
import { type MeshAccess, ownAccess } from "./mesh-access.js";
import { addMeshToken } from "./mesh-token.js";
import { fromServiceError } from "./status.js";

/** HTTP/2 flow-control window between processes of the mesh. */
const WINDOW_BYTES = 8 * 1024 * 1024;

/** Most bytes of a response. */
const MAX_RECEIVED_BYTES = 4 * 1024 * 1024;

export const MESH_CHANNEL_OPTIONS: ChannelOptions = {
  "grpc-node.flow_control_window": WINDOW_BYTES,
  "grpc.max_receive_message_length": MAX_RECEIVED_BYTES,
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 2_000,
  // Otherwise a second client of the same address in one process shares the back-off of a broken
  // connection.
  "grpc.use_local_subchannel_pool": 1,
};

type ClientClass<C> = new (
  address: string,
  channel: ChannelCredentials,
  options: Partial<ClientOptions>,
) => C;

export interface MeshClientOptions {
  /** What the other side may send before it is read, which is kept in memory. */
  readonly windowBytes?: number;
  /** By default, the credentials of this process. */
  readonly access?: MeshAccess;
}

/**
 * Creates a client of one service of another process of the mesh, or of several that are alike (see
 * addresses.ts).
 */
export function meshClient<C>(
  Client: ClientClass<C>,
  address: string,
  { windowBytes = WINDOW_BYTES, access = ownAccess() }: MeshClientOptions = {},
): C {
  return new Client(targetOf(address), access.channel, {
    ...MESH_CHANNEL_OPTIONS,
    "grpc-node.flow_control_window": windowBytes,
    ...serverNameOptions(access.serverName),
    interceptors: [
      ...clientMeasures(),
      ...(access.token === undefined ? [] : [showToken(access.token)]),
    ],
  });
}

/**
 * The options of a channel to a server whose certificate has this name, not that of its address.
 */
export function serverNameOptions(serverName: string | undefined): ChannelOptions {
  if (serverName === undefined) return {};
  return { "grpc.ssl_target_name_override": serverName, "grpc.default_authority": serverName };
}

function showToken(token: string): Interceptor {
  return (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start: (metadata, listener, next) => {
        addMeshToken(metadata, token);
        next(metadata, listener);
      },
    });
}

/** Metadata for an outgoing call: the active trace context. */
export function outgoingMetadata(): Metadata {
  const metadata = new Metadata();
  injectContext(metadata);
  return metadata;
}

/** The sending side of a call. */
interface RequestStream<Req> {
  readonly destroyed: boolean;
  write(request: Req, taken: () => void): unknown;
  end(): unknown;
  once(event: "close", listener: () => void): unknown;
  off(event: "close", listener: () => void): unknown;
}

type Callback<Res> = (error: ServiceError | null, response: Res) => void;

/** A unary call: `call(request => client.getJob(request, …))`. Throws DepthmeshError. */
export function callUnary<Res>(
  start: (metadata: Metadata, callback: Callback<Res>) => ClientUnaryCall,
  signal?: AbortSignal,
): Promise<Res> {
  return new Promise((resolve, reject) => {
    const call = start(outgoingMetadata(), (error, response) => {
      stopListening();
      if (error) reject(fromServiceError(error));
      else resolve(response);
    });
    const stopListening = onAbort(signal, () => call.cancel());
  });
}

/**
 * A client-streaming call; it sends `requests` as fast as the server takes them. Throws
 * DepthmeshError.
 */
export function callClientStream<Req, Res>(
  start: (metadata: Metadata, callback: Callback<Res>) => ClientWritableStream<Req>,
  requests: Iterable<Req> | AsyncIterable<Req>,
  signal?: AbortSignal,
): Promise<Res> {
  return new Promise((resolve, reject) => {
    let answered = false;
    const call = start(outgoingMetadata(), (error, response) => {
      answered = true;
      // Otherwise a sender that waits for a lost server would wait forever, with its file open.
      call.destroy();
      stopListening();
      if (error) reject(fromServiceError(error));
      else resolve(response);
    });
    const stopListening = onAbort(signal, () => call.cancel());
    // A server that refuses early ends the call; the rest need not be sent.
    sendRequests(call, requests, () => answered).catch((error) => {
      call.cancel();
      reject(error);
    });
  });
}

/**
 * Sends each request after the transport has taken the one before, then ends the sending side;
 * stops when `refused` returns true.
 */
export async function sendRequests<Req>(
  call: RequestStream<Req>,
  requests: Iterable<Req> | AsyncIterable<Req>,
  refused: () => boolean = () => false,
): Promise<void> {
  for await (const request of requests) {
    if (refused() || call.destroyed) return;
    await new Promise<void>((taken) => {
      call.once("close", taken);
      call.write(request, () => {
        call.off("close", taken);
        taken();
      });
    });
  }
  call.end();
}

/** The messages of a server stream. Leaving the loop cancels the call. Throws DepthmeshError. */
export async function* readStream<Res>(
  call: ClientReadableStream<Res> | ClientDuplexStream<never, Res>,
  signal?: AbortSignal,
): AsyncGenerator<Res> {
  const stopListening = onAbort(signal, () => call.cancel());
  try {
    for await (const message of call) yield message as Res;
  } catch (error) {
    throw error instanceof Error && "code" in error
      ? fromServiceError(error as ServiceError)
      : error;
  } finally {
    stopListening();
    call.cancel();
  }
}

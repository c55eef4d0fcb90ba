/** Between grpc-js calls and plain functions over async iterables; Node streams stay in this file. */
import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  Metadata,
} from "@grpc/grpc-js";
import { DepthmeshError } from "../../core/errors.js";
import { withRemoteContext } from "../telemetry/propagation.js";
import { toStatusObject } from "./status.js";
import { readable, readableEach } from "./unreadable.js";

/** What a handler knows of its call besides the request. */
export interface CallContext {
  /** Fires when the client cancels, its deadline passes or the connection breaks. */
  readonly signal: AbortSignal;
}

interface CancellableCall {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  on(event: "cancelled", listener: () => void): unknown;
}

/** The writing side of a call; grpc-js ends it with the status that an "error" event carries. */
interface ResponseStream<Res> {
  write(response: Res, taken: () => void): unknown;
  end(): unknown;
  emit(event: "error", status: ReturnType<typeof toStatusObject>): unknown;
}

function contextOf(call: CancellableCall): CallContext {
  const controller = new AbortController();
  const abort = () =>
    controller.abort(new DepthmeshError("JOB_CANCELLED", "the client ended the call"));
  if (call.cancelled) abort();
  call.on("cancelled", abort);
  return { signal: controller.signal };
}

export function unary<Req, Res>(
  handle: (request: Req, context: CallContext) => Promise<Res>,
): handleUnaryCall<Req, Res> {
  return (call, respond) => {
    withRemoteContext(call.metadata, async () =>
      handle(readable(call.request), contextOf(call)),
    ).then(
      (response) => respond(null, response),
      (error) => respond(toStatusObject(error)),
    );
  };
}

export function clientStream<Req, Res>(
  handle: (requests: AsyncIterable<Req>, context: CallContext) => Promise<Res>,
): handleClientStreamingCall<Req, Res> {
  return (call, respond) => {
    withRemoteContext(call.metadata, async () => handle(readableEach(call), contextOf(call))).then(
      (response) => respond(null, response),
      (error) => respond(toStatusObject(error)),
    );
  };
}

export function serverStream<Req, Res>(
  handle: (request: Req, context: CallContext) => AsyncIterable<Res>,
): handleServerStreamingCall<Req, Res> {
  return (call) => {
    const context = contextOf(call);
    void withRemoteContext(call.metadata, () =>
      send(call, () => handle(readable(call.request), context), context.signal),
    );
  };
}

export function bidiStream<Req, Res>(
  handle: (requests: AsyncIterable<Req>, context: CallContext) => AsyncIterable<Res>,
): handleBidiStreamingCall<Req, Res> {
  return (call) => {
    const context = contextOf(call);
    // A plain loop over the call would destroy it when the client has sent its last request, answers and all.
    const requests = readableEach<Req>(call.iterator({ destroyOnReturn: false }));
    void withRemoteContext(call.metadata, () =>
      send(call, () => handle(requests, context), context.signal),
    );
  };
}

/**
 * Write each message and go on when the transport has taken it: a generator that continues after a `yield` may reuse
 * the buffers of the message it yielded.
 */
async function send<Res>(
  call: ResponseStream<Res>,
  answer: () => AsyncIterable<Res>,
  signal: AbortSignal,
): Promise<void> {
  try {
    // Here, for it may throw at once, and a generator only when it is read.
    for await (const response of answer()) {
      await taken(call, response, signal);
      if (signal.aborted) return;
    }
    call.end();
  } catch (error) {
    call.emit("error", toStatusObject(error));
  }
}

function taken<Res>(call: ResponseStream<Res>, response: Res, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // A cancelled call never runs its write callbacks.
    const done = () => {
      signal.removeEventListener("abort", done);
      resolve();
    };
    signal.addEventListener("abort", done, { once: true });
    call.write(response, done);
  });
}

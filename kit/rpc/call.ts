/**
 * The frame around every gRPC method: handlers are plain functions over async iterables. The frame
 * checks each request, continues the caller's trace and turns errors into statuses.
 */
import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  Metadata,
} from "@grpc/grpc-js";
import { DepthmeshError } from "../../core/errors.js";
import { onAbort } from "../async/abort.js";
import type { Semaphore } from "../async/semaphore.js";
import { withRemoteContext } from "../telemetry/tracing.js";
import { type Identity, identityOf } from "./identity.js";
import { limitReadAhead } from "./read-ahead.js";
import { checked, checkedEach, inTime, type TimeLimits } from "./requests.js";
import { toStatusObject } from "./status.js";

/** What a handler gets besides the request. */
export interface CallContext {
  /** Fires when the client cancels, its deadline passes or the connection breaks. */
  readonly signal: AbortSignal;
  /** Address of the caller without the port; `loopback` for every address of this host itself. */
  readonly peer: string;
  readonly identity: Identity;
}

interface CancellableCall {
  getPeer(): string;
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
  return {
    signal: controller.signal,
    peer: peerOf(call.getPeer()),
    identity: identityOf(call.metadata),
  };
}

const LOOPBACK = /^(127\..*|::1|::ffff:127\..*)$/;

/** Of an IPv6 address the network of 64 bits: a host can have any address in it. */
export function peerOf(address: string): string {
  const host = address.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  if (LOOPBACK.test(host)) return "loopback";
  if (!host.includes(":") || host.includes(".")) return host.replace(/^::ffff:/, "");
  const [head = "", tail] = host.split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array(Math.max(0, 8 - groups.length - after.length)).fill("0");
  return [...groups, ...zeros, ...after].slice(0, 4).join(":");
}

/** What the frame does around the handler of a stream of requests. */
export interface StreamOptions {
  /** Limits how many calls run and wait at once; a call holds its place until it has ended. */
  readonly semaphore?: Semaphore;
  /** Limits how long a caller may take to send its messages. */
  readonly timeLimits?: TimeLimits;
}

export function unary<Req, Res>(
  handle: (request: Req, context: CallContext) => Promise<Res> | Res,
): handleUnaryCall<Req, Res> {
  return (call, respond) => {
    withRemoteContext(call.metadata, async () =>
      handle(checked(call.request), contextOf(call)),
    ).then(
      (response) => respond(null, response),
      (error) => respond(toStatusObject(error)),
    );
  };
}

/** `readAhead`: how many messages may wait for the handler; those of Node, sixteen, by default. */
export function clientStream<Req, Res>(
  handle: (requests: AsyncIterable<Req>, context: CallContext) => Promise<Res>,
  { readAhead }: { readonly readAhead?: number } = {},
): handleClientStreamingCall<Req, Res> {
  return (call, respond) => {
    if (readAhead !== undefined) limitReadAhead(call, readAhead);
    withRemoteContext(call.metadata, async () => handle(checkedEach(call), contextOf(call))).then(
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
      send(call, () => handle(checked(call.request), context), context.signal),
    );
  };
}

export function bidiStream<Req, Res>(
  handle: (requests: AsyncIterable<Req>, context: CallContext) => AsyncIterable<Res>,
  { semaphore, timeLimits }: StreamOptions = {},
): handleBidiStreamingCall<Req, Res> {
  return (call) => {
    const context = contextOf(call);
    // A plain loop over the call would destroy it, responses included, after the last request.
    const requests = checkedEach<Req>(call.iterator({ destroyOnReturn: false }));
    const run = () => handle(timeLimits ? inTime(requests, timeLimits) : requests, context);
    const answer = () => (semaphore ? semaphore.passEach(run, context.signal) : run());
    void withRemoteContext(call.metadata, () => send(call, answer, context.signal));
  };
}

/**
 * Writes each message and goes on when the transport has taken it: a generator that continues after
 * a `yield` may reuse the buffers of the message that it yielded.
 */
async function send<Res>(
  call: ResponseStream<Res>,
  answer: () => AsyncIterable<Res>,
  signal: AbortSignal,
): Promise<void> {
  try {
    // Called inside the try block: a handler that is no generator may throw at once.
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
    const stopListening = onAbort(signal, resolve);
    call.write(response, () => {
      stopListening();
      resolve();
    });
  });
}

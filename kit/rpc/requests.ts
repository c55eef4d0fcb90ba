/**
 * Checks of incoming messages. Every message is checked before it is built (message-scan.ts). For
 * streams there are two more checks: the kind of the first message, and time limits.
 */
import type { ServiceDefinition } from "@grpc/grpc-js";
import { DepthmeshError } from "../../core/errors.js";
import { withDeadline } from "../async/deadline.js";
import { type FieldLimits, scanMessage, unreadable } from "./message-scan.js";
import { requestShape } from "./message-shape.js";

/** Stands for a message that is refused, on its way to the handler. */
class Refused {
  readonly error: DepthmeshError;
  constructor(error: DepthmeshError) {
    this.error = error;
  }
}

/**
 * The same service, but a message that is refused or cannot be decoded reaches the frame, which
 * answers with its reason. grpc-js alone would answer INTERNAL without one.
 */
export function passRefused<S extends ServiceDefinition>(definition: S, limits: FieldLimits): S {
  const methods = Object.entries(definition).map(([name, method]) => {
    const shape = requestShape(method.path);
    const requestDeserialize = (bytes: Buffer) => {
      try {
        scanMessage(shape, bytes, limits);
        return method.requestDeserialize(bytes);
      } catch (cause) {
        return new Refused(cause instanceof DepthmeshError ? cause : undecodable(cause));
      }
    };
    return [name, { ...method, requestDeserialize }];
  });
  return Object.fromEntries(methods) as S;
}

/** The same request. Throws the reason why it is refused. */
export function checked<Req>(request: Req): Req {
  if (request instanceof Refused) throw request.error;
  return request;
}

/** The same requests, each checked when it is read. */
export function checkedEach<Req>(requests: AsyncIterable<Req>): AsyncIterable<Req> {
  return {
    [Symbol.asyncIterator]() {
      const source = requests[Symbol.asyncIterator]();
      return {
        async next() {
          const result = await source.next();
          if (!result.done) checked(result.value);
          return result;
        },
        async return(value) {
          return (await source.return?.(value)) ?? { done: true, value };
        },
      };
    },
  };
}

/** ts-proto's message about an integer that a JavaScript number cannot hold. */
const NOT_SAFE = /Number\.(MAX|MIN)_SAFE_INTEGER/;

function undecodable(cause: unknown): DepthmeshError {
  if (!NOT_SAFE.test(String(cause))) return unreadable(cause);
  const metadata = { limit_maximum: String(Number.MAX_SAFE_INTEGER) };
  const message = "an integer of the request is beyond ±(2^53 - 1)";
  return new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, { metadata, cause });
}

/** A message of a stream whose content is one of several kinds. */
interface KindMessage {
  readonly kind?: { readonly $case: string; readonly value: unknown } | undefined;
}

type Case<M extends KindMessage> = NonNullable<M["kind"]>["$case"];
type ValueOf<M extends KindMessage, K extends Case<M>> = Extract<
  NonNullable<M["kind"]>,
  { $case: K }
>["value"];

/**
 * The value of the first message. Throws PARAMETER_CONFLICT when it is not of this kind, or
 * missing.
 */
export async function readFirst<M extends KindMessage, K extends Case<M>>(
  messages: AsyncIterator<M>,
  kind: K,
): Promise<ValueOf<M, K>> {
  const { value, done } = await messages.next();
  const first: M["kind"] = done ? undefined : value.kind;
  if (first?.$case === kind) return first.value as ValueOf<M, K>;
  throw fieldConflict(`the first message must be the ${kind}`, kind);
}

/** Unix milliseconds; null for no time. Throws PARAMETER_OUT_OF_RANGE for an invalid date. */
export function timeIn(field: string, time: Date | undefined): number | null {
  if (time === undefined) return null;
  const atMs = time.getTime();
  if (Number.isFinite(atMs)) return atMs;
  throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", `${field} is not a valid date`, {
    metadata: { field },
  });
}

/** PARAMETER_CONFLICT between messages of a stream; `field` is the one that shows it. */
export function fieldConflict(message: string, field: string): DepthmeshError {
  return new DepthmeshError("PARAMETER_CONFLICT", message, { metadata: { field } });
}

export interface TimeLimits {
  /** For the next message, from the moment at which the handler asks for it. */
  readonly idleMs: number;
  /**
   * For all messages together, against a caller that sends a little at a time; Infinity for none.
   */
  readonly totalMs: number;
}

/**
 * The same messages, each within its time: a caller that sends nothing would keep its place from
 * others. `next` throws UPLOAD_EXPIRED when a limit is passed.
 */
export function inTime<T>(
  messages: AsyncIterable<T>,
  { idleMs, totalMs }: TimeLimits,
): AsyncIterableIterator<T> {
  const source = messages[Symbol.asyncIterator]();
  const beganAtMs = performance.now();
  return {
    next() {
      const leftMs = beganAtMs + totalMs - performance.now();
      return withDeadline(source.next(), Math.min(idleMs, leftMs), () =>
        leftMs < idleMs
          ? expired("the upload took too long", totalMs)
          : expired("the upload sent nothing for too long", idleMs),
      );
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function expired(message: string, limitMs: number): DepthmeshError {
  const metadata = { limit_milliseconds: String(limitMs) };
  return new DepthmeshError("UPLOAD_EXPIRED", message, { metadata });
}

/**
 * Checks of incoming messages. The frame makes two of them on every message: its bytes can be
 * decoded, and it has no field that this server does not know. For streams there are two more: the
 * kind of the first message, and time limits.
 */
import type { ServiceDefinition } from "@grpc/grpc-js";
import { DepthmeshError } from "../../core/errors.js";
import { withDeadline } from "../async/deadline.js";

/** Stands for a message that could not be decoded, on its way to the handler. */
class Undecodable {
  readonly error: DepthmeshError;
  constructor(error: DepthmeshError) {
    this.error = error;
  }
}

/**
 * The same service, but a message that cannot be decoded reaches the frame, which answers with a
 * reason. grpc-js alone would answer INTERNAL without one.
 */
export function passUndecodable<S extends ServiceDefinition>(definition: S): S {
  const methods = Object.entries(definition).map(([name, method]) => {
    const requestDeserialize = (bytes: Buffer) => {
      try {
        return method.requestDeserialize(bytes);
      } catch (cause) {
        return new Undecodable(undecodable(cause));
      }
    };
    return [name, { ...method, requestDeserialize }];
  });
  return Object.fromEntries(methods) as S;
}

/**
 * The same request. Throws PARAMETER_OUT_OF_RANGE and PARAMETER_UNKNOWN for one that cannot be
 * decoded, and PARAMETER_UNKNOWN for a field that this server does not know.
 */
export function checked<Req>(request: Req): Req {
  if (request instanceof Undecodable) throw request.error;
  if (isMessage(request)) refuseUnknownFields(request, "request");
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
  if (!NOT_SAFE.test(String(cause))) {
    const message = "the bytes of the request are not a message of this method";
    return new DepthmeshError("PARAMETER_UNKNOWN", message, { cause });
  }
  const metadata = { limit_maximum: String(Number.MAX_SAFE_INTEGER) };
  const message = "an integer of the request is beyond ±(2^53 - 1)";
  return new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, { metadata, cause });
}

/** The error names the first unknown field's number and the path of the message that has it. */
function refuseUnknownFields(message: object, path: string): void {
  for (const [key, value] of Object.entries(message)) {
    if (key === "_unknownFields") refuse(value, path);
    else if (Array.isArray(value)) {
      for (const item of value) {
        if (isMessage(item)) refuseUnknownFields(item, `${path}.${key}`);
      }
    } else if (isMessage(value)) refuseUnknownFields(value, `${path}.${key}`);
  }
}

function isMessage(value: unknown): value is object {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
}

function refuse(unknown: object | undefined, path: string): void {
  const [tag] = Object.keys(unknown ?? {});
  if (tag === undefined) return;
  // The key is the wire tag: the field's number and, in the low three bits, its wire type.
  const fieldNumber = String(Number(tag) >>> 3);
  throw new DepthmeshError("PARAMETER_UNKNOWN", `${path} has an unknown field ${fieldNumber}`, {
    metadata: { message: path, field_number: fieldNumber },
  });
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

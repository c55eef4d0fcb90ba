/** Requests whose bytes cannot be read: refused with a reason, where grpc-js alone would answer INTERNAL without one. */
import type { ServiceDefinition } from "@grpc/grpc-js";
import { DepthmeshError } from "../../core/errors.js";

/** Stands for the request on its way to the handler. */
class Unreadable {
  readonly error: DepthmeshError;
  constructor(error: DepthmeshError) {
    this.error = error;
  }
}

/** The same service, which hands on what it cannot read. */
export function withUnreadable<S extends ServiceDefinition>(definition: S): S {
  const methods = Object.entries(definition).map(([name, method]) => {
    const requestDeserialize = (bytes: Buffer) => {
      try {
        return method.requestDeserialize(bytes);
      } catch (cause) {
        return new Unreadable(refusalOf(cause));
      }
    };
    return [name, { ...method, requestDeserialize }];
  });
  return Object.fromEntries(methods) as S;
}

/** Throws PARAMETER_OUT_OF_RANGE and PARAMETER_UNKNOWN for what could not be read. */
export function readable<Req>(request: Req): Req {
  if (request instanceof Unreadable) throw request.error;
  return request;
}

/** The same requests, each looked at when it is asked for. */
export function readableEach<Req>(requests: AsyncIterable<Req>): AsyncIterable<Req> {
  return {
    [Symbol.asyncIterator]() {
      const source = requests[Symbol.asyncIterator]();
      return {
        async next() {
          const result = await source.next();
          if (!result.done) readable(result.value);
          return result;
        },
        async return(value) {
          return (await source.return?.(value)) ?? { done: true, value };
        },
      };
    },
  };
}

/** What ts-proto says of an integer that a JavaScript number does not hold. */
const NOT_SAFE = /Number\.(MAX|MIN)_SAFE_INTEGER/;

function refusalOf(cause: unknown): DepthmeshError {
  if (!NOT_SAFE.test(String(cause))) {
    return new DepthmeshError("PARAMETER_UNKNOWN", "the request is no message of its kind", {
      cause,
    });
  }
  const metadata = { limit_maximum: String(Number.MAX_SAFE_INTEGER) };
  const words = "an integer of the request is beyond ±(2^53 - 1)";
  return new DepthmeshError("PARAMETER_OUT_OF_RANGE", words, { metadata, cause });
}

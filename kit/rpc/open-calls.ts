/**
 * The open calls of one server. Every status of a call passes here, whoever decides it: the
 * handler, grpc-js itself (an expired deadline, a frame that cannot be read), or a drain.
 */
import {
  status as grpcStatus,
  ServerInterceptingCall as InterceptingCall,
  type ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
} from "@grpc/grpc-js";
import type { DepthmeshError } from "../../core/errors.js";
import { withReason } from "./foreign-status.js";
import { measureServed } from "./measured-calls.js";
import { toStatusObject } from "./status.js";

type Inner = Parameters<ServerInterceptor>[1];

interface OpenCall {
  readonly path: string;
  /** The caller has sent its last message. */
  isReceived: boolean;
  end(error: DepthmeshError): void;
}

export class OpenCalls {
  readonly #calls = new Set<OpenCall>();

  readonly interceptor: ServerInterceptor = (method, inner) => this.#follow(method.path, inner);

  /** Ends the calls of these methods: full names such as `/depthmesh.v1.JobService/WatchJob`. */
  endMethods(paths: ReadonlySet<string>, error: DepthmeshError): void {
    for (const call of [...this.#calls]) if (paths.has(call.path)) call.end(error);
  }

  /** Ends the calls of these methods whose callers have not sent everything. */
  endUnreceived(paths: ReadonlySet<string>, error: DepthmeshError): void {
    for (const call of [...this.#calls]) {
      if (paths.has(call.path) && !call.isReceived) call.end(error);
    }
  }

  endAll(error: DepthmeshError): void {
    for (const call of [...this.#calls]) call.end(error);
  }

  #follow(path: string, inner: Inner): ServerInterceptingCall {
    const send = inner.sendStatus.bind(inner);
    const open: OpenCall = {
      path,
      isReceived: false,
      end: (error) => inner.sendStatus(toStatusObject(error)),
    };
    const begunAtMs = performance.now();
    const ended = (code: number) => {
      if (this.#calls.delete(open)) measureServed(path, code, begunAtMs);
    };
    this.#calls.add(open);
    // Replaced on the call itself: grpc-js sends its own statuses past every interceptor.
    inner.sendStatus = (status) => {
      ended(status.code);
      send(withReason(status));
    };
    const listener = new ServerListenerBuilder()
      .withOnReceiveHalfClose((next) => {
        open.isReceived = true;
        next();
      })
      .withOnCancel(() => ended(grpcStatus.CANCELLED))
      .build();
    return new InterceptingCall(inner, { start: (next) => next(listener) });
  }
}

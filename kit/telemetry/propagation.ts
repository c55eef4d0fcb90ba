/** W3C trace context in gRPC metadata and NATS headers. */
import type { Metadata } from "@grpc/grpc-js";
import { type Context, context, propagation, type TextMapGetter } from "@opentelemetry/api";
import type { MsgHdrs } from "nats";

const metadataGetter: TextMapGetter<Metadata> = {
  keys: (carrier) => Object.keys(carrier.getMap()),
  get: (carrier, key) => carrier.get(key).map(String),
};

const headersGetter: TextMapGetter<MsgHdrs> = {
  keys: (carrier) => carrier.keys(),
  get: (carrier, key) => carrier.get(key) || undefined,
};

/** Write the active context into a call's metadata. */
export function injectContext(metadata: Metadata): void {
  propagation.inject(context.active(), metadata, {
    set: (carrier, key, value) => carrier.set(key, value),
  });
}

/** Write the active context into a message's headers. */
export function injectHeaders(headers: MsgHdrs): void {
  propagation.inject(context.active(), headers, {
    set: (carrier, key, value) => carrier.set(key, value),
  });
}

/** The context that the sender of a message was in. */
export function contextOfHeaders(headers: MsgHdrs | undefined): Context {
  const base = context.active();
  return headers ? propagation.extract(base, headers, headersGetter) : base;
}

/** Run a handler in the context that its caller was in. */
export function withRemoteContext<T>(metadata: Metadata, run: () => T): T {
  return context.with(propagation.extract(context.active(), metadata, metadataGetter), run);
}

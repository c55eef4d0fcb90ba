/** The trace context of outgoing calls: apart from the tracer, which a client does not need. */
import type { Metadata } from "@grpc/grpc-js";
import { context, propagation } from "@opentelemetry/api";

/** Writes the active context into the metadata of an outgoing call. */
export function injectContext(metadata: Metadata): void {
  propagation.inject(context.active(), metadata, {
    set: (carrier, key, value) => carrier.set(key, value),
  });
}

/** Methods whose responses carry many bytes, such as frames and files. */
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import { gather, type MessageEncoder, type SerialisedMessage } from "./gathering-writer.js";

/** Types of responses by the name of their method. */
export type BulkResponses<Definition> = {
  readonly [Method in keyof Definition]?: Definition[Method] extends MethodDefinition<
    infer _Request,
    infer Response
  >
    ? MessageEncoder<Response>
    : never;
};

/**
 * The same service; the bytes of these responses are copied only into the buffer that grpc-js
 * sends. A server copies a response before `write` returns, so that the handler may use its buffers
 * again when the transport has taken it. (A client may send a request a second time after that;
 * requests are serialised by the generated code.)
 */
export function gatherBulk<Definition extends ServiceDefinition>(
  definition: Definition,
  bulk: BulkResponses<Definition>,
): Definition {
  const methods = Object.entries(definition).map(([name, method]) => {
    const encoder: MessageEncoder<unknown> | undefined = Reflect.get(bulk, name);
    if (!encoder) return [name, method];
    const responseSerialize = (response: unknown) => {
      const message: SerialisedMessage = gather(encoder, response);
      // What frames it (frame-pool.ts) takes its length and copies it, as grpc-js does.
      return message as Buffer;
    };
    return [name, { ...method, responseSerialize }];
  });
  return Object.fromEntries(methods);
}

/** What is left of a tenant's quota, which the gateway tells at the end of a call, as headers. */
import type { Metadata } from "@grpc/grpc-js";
import type { FastifyReply } from "fastify";

const PREFIX = "x-depthmesh-quota-";

/** Takes the trailers of a call that the answer is made from. */
export function quotaHeaders(reply: FastifyReply): (trailers: Metadata) => void {
  return (trailers) => {
    if (reply.raw.headersSent) return;
    for (const [name, value] of Object.entries(trailers.getMap())) {
      if (name.startsWith(PREFIX)) reply.header(name, String(value));
    }
  };
}

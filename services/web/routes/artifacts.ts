/** `GET` and `HEAD` of a job's files, whole or in ranges, and the video while it is encoded. */
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Artifact } from "../../../proto/gen/depthmesh/v1/job.js";
import { refusal } from "../refusal.js";
import { ArtifactReader } from "../upstream/artifact-reader.js";
import type { GatewayClient } from "../upstream/gateway-client.js";
import { type ByteRange, entityTag, isKnown, mayBeRange, rangeOf } from "./byte-range.js";
import { callerOf } from "./caller.js";
import { goneSignal } from "./client-gone.js";
import { fileHeaders } from "./file-headers.js";
import { followFragments } from "./follow-fragments.js";
import { artifactFile, artifactName } from "./names.js";
import { flag } from "./query.js";
import { quotaHeaders } from "./quota-headers.js";

const PARTIAL_CONTENT = 206;
const NOT_MODIFIED = 304;
const RANGE_NOT_SATISFIABLE = 416;

/** What a file was when it was described, and what was asked of it. */
interface Wanted {
  readonly facts: Artifact;
  /** Undefined for the whole file. */
  readonly range: ByteRange | undefined;
}

export async function addArtifactRoutes(
  app: FastifyInstance,
  { gateway, closing }: { readonly gateway: GatewayClient; readonly closing: AbortSignal },
): Promise<void> {
  app.route({
    method: ["GET", "HEAD"],
    url: "/v1/jobs/:job/artifacts/:artifact",
    handler: async (request, reply) => {
      const isFollowing = flag(request.query, "follow");
      const signal = goneSignal(reply, isFollowing ? closing : undefined);
      const reader = new ArtifactReader(gateway, {
        ...callerOf(request),
        ...{ signal, onTrailers: quotaHeaders(reply) },
      });
      if (isFollowing) return followFragments(reader, request, reply, signal);
      return sendFile(reader, request, reply);
    },
  });
}

async function sendFile(reader: ArtifactReader, request: FastifyRequest, reply: FastifyReply) {
  const name = artifactName(request.params);
  for (;;) {
    const facts = await reader.describe(name);
    const tag = entityTag(facts.sha256);
    reply.headers(fileHeaders(artifactFile(request.params), facts.mediaType, request.query));
    reply.headers({ etag: tag, "accept-ranges": "bytes" });
    if (isKnown(request.headers["if-none-match"], tag)) return reply.status(NOT_MODIFIED).send();
    const asked = mayBeRange(oneOf(request.headers["if-range"]), tag);
    const range = asked ? rangeOf(request.headers.range, facts.sizeBytes) : undefined;
    if (range === "unsatisfiable") {
      for (const header of ["content-disposition", "etag"]) reply.removeHeader(header);
      reply.header("content-range", `bytes */${facts.sizeBytes}`);
      throw outsideFile(facts.sizeBytes);
    }
    if (request.method === "HEAD") return reply.headers(lengthHeaders({ facts, range })).send();
    const chunks = await openSame(reader, name, { facts, range });
    if (!chunks) continue;
    if (range) reply.status(PARTIAL_CONTENT);
    reply.headers(lengthHeaders({ facts, range }));
    return reply.send(Readable.from(chunks, { objectMode: false }));
  }
}

/** Undefined where a later attempt of the job has put another file in this one's place. */
async function openSame(reader: ArtifactReader, name: string, { facts, range }: Wanted) {
  const limits = range && { offset: range.first, limit: range.last - range.first + 1 };
  const opened = await reader.open(name, limits ?? {});
  if (opened.facts.sha256 === facts.sha256) return opened.chunks;
  await opened.chunks.return(undefined);
  return undefined;
}

function lengthHeaders({ facts, range }: Wanted): Record<string, string> {
  const { sizeBytes } = facts;
  if (!range) return { "content-length": String(sizeBytes) };
  const { first, last } = range;
  return {
    "content-length": String(last - first + 1),
    "content-range": `bytes ${first}-${last}/${sizeBytes}`,
  };
}

function outsideFile(sizeBytes: number) {
  const message = `the range lies outside the file, which has ${sizeBytes} bytes`;
  return refusal(RANGE_NOT_SATISFIABLE, "PARAMETER_OUT_OF_RANGE", message, {
    metadata: { field: "range", limit_bytes: String(sizeBytes) },
  });
}

function oneOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "string" ? header : header?.[0];
}

/**
 * `GET …/artifacts/fragments.mp4?follow`: the video while it is encoded. The answer is broken off
 * when another attempt of the encode begins, because bytes of two attempts are never joined.
 */
import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { DepthmeshError, toDepthmeshError } from "../../../core/errors.js";
import { Patience } from "../../../kit/rpc/patience.js";
import type { FollowedArtifact } from "../../../proto/gen/depthmesh/v1/result_service.js";
import type { ArtifactReader, OpenArtifact } from "../upstream/artifact-reader.js";
import { fileHeaders } from "./file-headers.js";
import { artifactFile, artifactName } from "./names.js";
import { count, word } from "./query.js";

/** Names the attempt of the encode whose bytes follow. */
const ATTEMPT_HEADER = "depthmesh-attempt";

/** What may stand in a header of an answer. */
const ATTEMPT = /^[!-~]{1,128}$/;

export async function followFragments(
  reader: ArtifactReader,
  request: FastifyRequest,
  reply: FastifyReply,
  signal: AbortSignal,
) {
  const name = artifactName(request.params);
  const offset = count(request.query, "offset", Number.MAX_SAFE_INTEGER) ?? 0;
  const from = { offset, attempt: word(request.query, "attempt") ?? "" };
  const followed = await reader.follow(name, from);
  const { attempt, mediaType } = followed.facts;
  if (!ATTEMPT.test(attempt)) throw new Error("the attempt has a name that no header can hold");
  reply.headers(fileHeaders(artifactFile(request.params), mediaType, request.query));
  reply.headers({ [ATTEMPT_HEADER]: attempt, "cache-control": "no-store" });
  if (request.method === "HEAD") {
    await followed.chunks.return(undefined);
    return reply.send();
  }
  return reply.send(
    Readable.from(onwards(reader, name, followed, { offset, signal }), { objectMode: false }),
  );
}

/** The bytes to their end, over a gateway that stops and returns. */
async function* onwards(
  reader: ArtifactReader,
  name: string,
  first: OpenArtifact<FollowedArtifact>,
  { offset: from, signal }: { readonly offset: number; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const patience = new Patience({ signal });
  const { attempt } = first.facts;
  let { chunks } = first;
  let offset = from;
  for (;;) {
    try {
      for await (const bytes of chunks) {
        patience.answered();
        offset += bytes.length;
        yield bytes;
      }
      return;
    } catch (error) {
      await patience.after(toDepthmeshError(error));
    }
    chunks = chunksOf(reader, name, { offset, attempt });
  }
}

/** The call is made when the first byte is asked for, so that its failure is one of the chunks. */
async function* chunksOf(
  reader: ArtifactReader,
  name: string,
  from: { readonly offset: number; readonly attempt: string },
): AsyncGenerator<Uint8Array> {
  const { facts, chunks } = await reader.follow(name, from);
  if (facts.attempt !== from.attempt) {
    throw new DepthmeshError("STREAM_RESTARTED", "another encoder began anew");
  }
  yield* chunks;
}

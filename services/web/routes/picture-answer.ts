/** Answers with a picture, for callers that want the picture itself and not its JSON. */
import type { JsonValue } from "@bufbuild/protobuf";
import type { FastifyReply } from "fastify";
import { DepthmeshError } from "../../../core/errors.js";

const JSON_KIND = /^(application\/(\*|json)|\*\/\*)\s*(;|$)/;

/** Whether `Accept` names pictures, and no JSON. */
export function wantsPicture(accept: string | undefined): boolean {
  const kinds = (accept ?? "").split(",").map((kind) => kind.trim().toLowerCase());
  return (
    kinds.some((kind) => kind.startsWith("image/")) && !kinds.some((kind) => JSON_KIND.test(kind))
  );
}

interface PictureJson {
  readonly mediaType?: string;
  readonly width?: number;
  readonly height?: number;
  /** Base 64. */
  readonly data?: string;
}

/** Sends the picture in a field of an answer; of a sheet, with the names of its presets. */
export function sendPicture(reply: FastifyReply, json: JsonValue, field: string): FastifyReply {
  const answer = json as { readonly presets?: readonly string[] } & Record<string, unknown>;
  const { mediaType, data } = (answer[field] ?? {}) as PictureJson;
  if (mediaType === undefined || data === undefined) {
    throw new DepthmeshError("INTERNAL", "the answer has no picture");
  }
  if (answer.presets) reply.header("depthmesh-presets", answer.presets.join(","));
  return reply.type(mediaType).send(Buffer.from(data, "base64"));
}

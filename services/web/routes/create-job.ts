/**
 * `POST /v1/jobs`: a job whose files come as a form, or have been uploaded before. The form's parts
 * go on to the gateway as they come, in the order in which its CreateJob takes them.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Reason } from "../../../core/error-reasons.js";
import { DepthmeshError } from "../../../core/errors.js";
import { Job } from "../../../proto/gen/depthmesh/v1/job.js";
import { chunksInTime } from "../body/body-chunks.js";
import { invite } from "../body/expect-continue.js";
import { formParts } from "../body/form-parts.js";
import { methodOf } from "../json/descriptors.js";
import { decodeToJson } from "../json/proto-json.js";
import type { PhotoSource } from "../photo-url/photo-source.js";
import type { GatewayClient } from "../upstream/gateway-client.js";
import { assertBodySize, type SizeLimits } from "../upstream/size-limits.js";
import { callerOf } from "./caller.js";
import { goneSignal } from "./client-gone.js";
import { formMessages, headerMessage, namesPhoto, photoMessages } from "./job-form.js";
import { quotaHeaders } from "./quota-headers.js";

const CREATE_JOB = methodOf("JobService.CreateJob");

const CREATED = 201;

export interface CreateJobParts {
  readonly gateway: GatewayClient;
  readonly limits: SizeLimits;
  readonly photos: PhotoSource;
  readonly bodyIdleMs: number;
}

export async function addCreateJobRoute(
  app: FastifyInstance,
  { gateway, limits, photos, bodyIdleMs }: CreateJobParts,
): Promise<void> {
  app.addContentTypeParser("multipart/form-data", (_request, _body, done) => done(null));
  app.post("/v1/jobs", { config: { invites: true } }, async (request, reply) => {
    const ends = { signal: goneSignal(reply), onTrailers: quotaHeaders(reply) };
    const caller = { ...callerOf(request), ...ends };
    const create = (messages: AsyncIterable<Uint8Array>) =>
      gateway.clientStream(CREATE_JOB, messages, caller);
    if (!isForm(request)) {
      const { photoUrl, header } = jsonHeader(request.body);
      const message = headerMessage(header);
      if (photoUrl === undefined) return created(reply, await create(only(message)));
      const url = photos.check(photoUrl);
      // Also shows whether the caller may call at all, before anything is fetched for it.
      const maximumBytes = await limits.ofPhoto(caller);
      const photo = photos.read(url, maximumBytes, caller.signal);
      return created(reply, await create(photoMessages(message, photo)));
    }
    assertBodySize(request.headers, await limits.ofForm(caller));
    invite(request, reply);
    const parts = formParts(request.headers, chunksInTime(request.raw, bodyIdleMs));
    return created(reply, await create(formMessages(parts)));
  });
}

function isForm({ headers }: FastifyRequest): boolean {
  return /^multipart\/form-data\b/i.test(headers["content-type"] ?? "");
}

/** What was only checked has no name, and no place where it is. */
function created(reply: FastifyReply, bytes: Uint8Array): unknown {
  const { name } = Job.decode(bytes);
  if (name !== "") reply.status(CREATED).header("location", `/v1/${name}`);
  return decodeToJson(CREATE_JOB.output, bytes);
}

interface JsonHeader {
  readonly header: unknown;
  /** The only field that is not the protocol's. */
  readonly photoUrl: string | undefined;
}

/** Throws PARAMETER_UNKNOWN, PARAMETER_CONFLICT. */
function jsonHeader(body: unknown): JsonHeader {
  if (typeof body !== "object" || body === null || !("photoUrl" in body)) {
    return { header: body, photoUrl: undefined };
  }
  const { photoUrl, ...header } = body;
  if (typeof photoUrl !== "string") {
    throw wrong("PARAMETER_UNKNOWN", "photoUrl must be a text");
  }
  if (namesPhoto(header)) {
    const words = "photoUrl and photoUpload exclude each other: both name the photo";
    throw wrong("PARAMETER_CONFLICT", words);
  }
  return { header, photoUrl };
}

function wrong(reason: Reason, message: string): DepthmeshError {
  return new DepthmeshError(reason, message, { metadata: { field: "photoUrl" } });
}

async function* only(message: Uint8Array): AsyncGenerator<Uint8Array> {
  yield message;
}

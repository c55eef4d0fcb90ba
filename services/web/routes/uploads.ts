/**
 * Uploads over HTTP: a file as the body of one request, or in parts by their offsets. The bytes go
 * on to the gateway as they come, each message with its CRC-32C.
 */
import { crc32c } from "@node-rs/crc32";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { DepthmeshError } from "../../../core/errors.js";
import {
  AbortUploadRequest,
  CreateUploadRequest,
  GetUploadRequest,
  Upload,
  WriteUploadRequest,
} from "../../../proto/gen/depthmesh/v1/upload_service.js";
import { chunksInTime } from "../body/body-chunks.js";
import { sha256Of } from "../body/body-digest.js";
import { bodyJson } from "../body/collect-json.js";
import { invite } from "../body/expect-continue.js";
import { methodOf } from "../json/descriptors.js";
import { decodeToJson, encodeJson } from "../json/proto-json.js";
import { refusal } from "../refusal.js";
import type { Caller, GatewayClient } from "../upstream/gateway-client.js";
import { assertBodySize, type SizeLimits } from "../upstream/size-limits.js";
import { callerOf } from "./caller.js";
import { goneSignal } from "./client-gone.js";
import { uploadName } from "./names.js";
import { count, flag, word } from "./query.js";
import { quotaHeaders } from "./quota-headers.js";

const CREATE = methodOf("UploadService.CreateUpload");
const WRITE = methodOf("UploadService.WriteUpload");
const GET = methodOf("UploadService.GetUpload");
const ABORT = methodOf("UploadService.AbortUpload");

const CREATED = 201;
const UNSUPPORTED = 415;
/** An upload that nobody finishes is removed, also when the gateway is slow to answer. */
const ABORT_MS = 5_000;

export interface UploadParts {
  readonly gateway: GatewayClient;
  readonly limits: SizeLimits;
  readonly bodyIdleMs: number;
}

export async function addUploadRoutes(app: FastifyInstance, parts: UploadParts): Promise<void> {
  // A file of any type is only bytes here.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _body, done) => done(null));
  const config = { invites: true };
  app.post("/v1/uploads", { config }, async (request, reply) => {
    const uploads = new Uploads(parts, request, reply);
    const begin = flag(request.query, "start") ? uploads.begin() : uploads.whole();
    const upload = await begin;
    reply.status(CREATED).header("location", `/v1/${Upload.decode(upload).name}`);
    return decodeToJson(CREATE.output, upload);
  });
  app.put("/v1/uploads/:upload", { config }, async (request, reply) => {
    return decodeToJson(WRITE.output, await new Uploads(parts, request, reply).part());
  });
}

/** What one request does. Every method resolves with the upload as the gateway has sent it. */
class Uploads {
  readonly #parts: UploadParts;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #caller: Caller;

  constructor(parts: UploadParts, request: FastifyRequest, reply: FastifyReply) {
    assertPlain(request);
    this.#parts = parts;
    this.#request = request;
    this.#reply = reply;
    const ends = { signal: goneSignal(reply), onTrailers: quotaHeaders(reply) };
    this.#caller = { ...callerOf(request), ...ends };
  }

  /** An upload without bytes, whose parts follow. */
  async begin(): Promise<Uint8Array> {
    invite(this.#request, this.#reply);
    const json = await bodyJson(this.#request.raw, this.#parts.bodyIdleMs);
    return this.#parts.gateway.unary(CREATE, encodeJson(CREATE.input, json), this.#caller);
  }

  /** The whole file. What an aborted or refused request has written is removed. */
  async whole(): Promise<Uint8Array> {
    const { headers, query } = this.#request;
    assertBodySize(headers, await this.#parts.limits.ofUpload(this.#caller));
    const sha256 = sha256Of(headers["repr-digest"]);
    const upload = await this.#empty(word(query, "requestId") ?? "", headers["content-length"]);
    if (upload.finished) return Upload.encode(upload).finish();
    try {
      return await this.#write({ name: upload.name, offset: 0 }, { sha256 });
    } catch (error) {
      await this.#abort(upload.name).catch(() => {});
      throw error;
    }
  }

  /** The bytes from an offset on, which must be where the upload ends so far. */
  async part(): Promise<Uint8Array> {
    const { headers, params, query } = this.#request;
    const name = uploadName(params);
    const offset = count(query, "offset", Number.MAX_SAFE_INTEGER);
    if (offset === undefined) {
      throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", "the query must name the part's offset", {
        metadata: { field: "offset" },
      });
    }
    const finish = flag(query, "finish") ? { sha256: sha256Of(headers["repr-digest"]) } : undefined;
    const upload = await this.#get(name);
    const maximumBytes = upload.sizeBytes ?? (await this.#parts.limits.ofUpload(this.#caller));
    assertBodySize(headers, Math.max(0, maximumBytes - offset));
    return this.#write({ name, offset }, finish);
  }

  /** A request that is repeated after it broke off begins anew. */
  async #empty(requestId: string, contentLength: string | undefined): Promise<Upload> {
    const sizeBytes = contentLength === undefined ? undefined : Number(contentLength);
    const request = CreateUploadRequest.encode({ sizeBytes, requestId }).finish();
    const create = async () =>
      Upload.decode(await this.#parts.gateway.unary(CREATE, request, this.#caller));
    const upload = await create();
    if (upload.finished || upload.committedSizeBytes === 0) return upload;
    await this.#abort(upload.name);
    return create();
  }

  async #get(name: string): Promise<Upload> {
    const request = GetUploadRequest.encode({ name }).finish();
    return Upload.decode(await this.#parts.gateway.unary(GET, request, this.#caller));
  }

  /** Also when the caller has gone. */
  async #abort(name: string): Promise<void> {
    const caller = { ...this.#caller, signal: AbortSignal.timeout(ABORT_MS) };
    await this.#parts.gateway.unary(ABORT, AbortUploadRequest.encode({ name }).finish(), caller);
  }

  #write(
    header: { readonly name: string; readonly offset: number },
    finish: { readonly sha256: string } | undefined,
  ): Promise<Uint8Array> {
    invite(this.#request, this.#reply);
    const body = chunksInTime(this.#request.raw, this.#parts.bodyIdleMs);
    return this.#parts.gateway.clientStream(
      WRITE,
      writeMessages(header, body, finish),
      this.#caller,
    );
  }
}

async function* writeMessages(
  header: { readonly name: string; readonly offset: number },
  body: AsyncIterable<Uint8Array>,
  finish: { readonly sha256: string } | undefined,
): AsyncGenerator<Uint8Array> {
  yield WriteUploadRequest.encode({ kind: { $case: "header", value: header } }).finish();
  for await (const data of body) {
    const value = { data, crc32c: crc32c(data) };
    yield WriteUploadRequest.encode({ kind: { $case: "data", value } }).finish();
  }
  if (!finish) return;
  yield WriteUploadRequest.encode({ kind: { $case: "finish", value: finish } }).finish();
}

/** The file would be stored in its compressed form. Throws PARAMETER_UNKNOWN. */
function assertPlain({ headers }: FastifyRequest): void {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding === "identity") return;
  const message = "a body with a content-encoding is not taken: send the file as it is";
  throw refusal(UNSUPPORTED, "PARAMETER_UNKNOWN", message, {
    metadata: { field: "content-encoding" },
  });
}

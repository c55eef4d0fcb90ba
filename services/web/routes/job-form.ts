/** The messages of CreateJob out of a form's parts: the header first, then the files in order. */
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { DepthmeshError } from "../../../core/errors.js";
import { CreateJobRequest } from "../../../proto/gen/depthmesh/v1/job_service.js";
import { collectJson } from "../body/collect-json.js";
import type { FormPart } from "../body/form-parts.js";
import { messageOf } from "../json/descriptors.js";
import { encodeJson } from "../json/proto-json.js";

const HEADER = messageOf("CreateJobHeader");

/** The parts in their order, and the kind of message that carries each file. */
const KINDS = { photo: "chunk", depthMap: "depthChunk", sound: "soundChunk" } as const;
const ORDER: readonly string[] = ["header", ...Object.keys(KINDS)];

/** Field `header` of CreateJobRequest: number 1, of the wire type for bytes. */
const HEADER_TAG = (1 << 3) | 2;

/**
 * Throws the errors of the header's JSON. Its bytes go on as they are, so that the gateway judges
 * numbers that no JavaScript number can be.
 */
export function headerMessage(json: unknown): Uint8Array {
  const header = encodeJson(HEADER, json ?? {});
  return new BinaryWriter().uint32(HEADER_TAG).bytes(header).finish();
}

/**
 * Throws PARAMETER_UNKNOWN for a part of another name, PARAMETER_CONFLICT for one that is missing,
 * doubled or out of order, and what the form's parser throws.
 */
export async function* formMessages(parts: AsyncIterable<FormPart>): AsyncGenerator<Uint8Array> {
  let last = -1;
  let needsPhoto = true;
  for await (const { name, chunks } of parts) {
    assertNext(name, last);
    last = ORDER.indexOf(name);
    if (name === "header") {
      const json = await collectJson(chunks, "header");
      needsPhoto = !namesPhoto(json);
      yield headerMessage(json);
      continue;
    }
    const kind = KINDS[name as keyof typeof KINDS];
    for await (const value of chunks) yield chunkMessage(kind, value);
  }
  if (last < 0) throw conflict("header", "the form has no part");
  if (last < ORDER.indexOf("photo") && needsPhoto) {
    const words = "the form has no part photo, and its header names no photoUpload";
    throw conflict("photo", words);
  }
}

/** A header, and a photo that is not part of a form. */
export async function* photoMessages(
  header: Uint8Array,
  photo: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield header;
  for await (const value of photo) yield chunkMessage("chunk", value);
}

function chunkMessage($case: (typeof KINDS)[keyof typeof KINDS], value: Uint8Array): Uint8Array {
  return CreateJobRequest.encode({ kind: { $case, value } }).finish();
}

/** Whether a header names an upload in place of the photo. */
export function namesPhoto(json: unknown): boolean {
  return typeof json === "object" && json !== null && "photoUpload" in json;
}

function assertNext(name: string, last: number): void {
  const at = ORDER.indexOf(name);
  const known = `the parts are ${ORDER.join(", ")}, in this order`;
  if (at < 0) {
    const shown = name.slice(0, 32).replace(/[^ -~]/g, "?");
    throw new DepthmeshError("PARAMETER_UNKNOWN", `the form has a part "${shown}"; ${known}`, {
      metadata: { field: shown },
    });
  }
  if (at === last) throw conflict(name, `the form has two parts ${name}`);
  if (at < last) throw conflict(name, `the part ${name} comes too late; ${known}`);
  if (last < 0 && at > 0) throw conflict(name, `the form must begin with its header; ${known}`);
}

function conflict(field: string, message: string): DepthmeshError {
  return new DepthmeshError("PARAMETER_CONFLICT", message, { metadata: { field } });
}

/** The order of an upload's messages, and which files must be announced. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../../core/errors.js";
import {
  CreateJobHeader,
  type CreateJobRequest,
} from "../../../proto/gen/depthmesh/v1/job_service.js";
import { UploadMessages } from "./receive-upload.js";

type Kind = "header" | "chunk" | "depthChunk" | "soundChunk";
const KINDS = ["chunk", "depthChunk", "soundChunk"] as const;

/** Messages of these kinds; each chunk contains its index in the upload. */
async function* messagesOf(kinds: readonly Kind[]): AsyncGenerator<CreateJobRequest> {
  for (const [index, $case] of kinds.entries()) {
    yield $case === "header"
      ? { kind: { $case, value: CreateJobHeader.fromPartial({}) } }
      : { kind: { $case, value: Buffer.of(index) } };
  }
}

/** The indices of the chunks that are read, one list per file. */
async function read(kinds: readonly Kind[], expected: readonly (typeof KINDS)[number][] = KINDS) {
  const messages = new UploadMessages(messagesOf(kinds));
  await messages.header();
  const files: number[][] = [];
  for (const kind of expected) {
    const indices: number[] = [];
    for await (const chunk of messages.chunks(kind)) indices.push(...chunk);
    files.push(indices);
  }
  await messages.end();
  return files;
}

const refused = (field: string) => (error: unknown) => {
  assert.ok(error instanceof DepthmeshError, String(error));
  assert.deepEqual([error.reason, error.metadata.field], ["PARAMETER_CONFLICT", field]);
  return true;
};

test("chunks are read as photo, depth map and sound, in that order", async () => {
  const kinds: Kind[] = ["header", "chunk", "chunk", "depthChunk", "soundChunk", "soundChunk"];
  assert.deepEqual(await read(kinds), [[1, 2], [3], [4, 5]]);
  assert.deepEqual(await read(["header", "chunk", "soundChunk"]), [[1], [], [2]]);
});

test("no chunks may follow of a file that the header names as an upload", async () => {
  const none = { photoUpload: undefined, depthMapUpload: undefined, soundUpload: undefined };
  for (const [field, kind, named] of [
    ["photo_upload", "chunk", { ...none, photoUpload: "uploads/x" }],
    ["depth_map_upload", "depthChunk", { ...none, depthMapUpload: "uploads/x" }],
    ["sound_upload", "soundChunk", { ...none, soundUpload: "uploads/x" }],
  ] as const) {
    const messages = new UploadMessages(messagesOf(["header", kind]));
    await messages.header();
    messages.expectNoChunksOf(named);
    await assert.rejects(messages.end(), refused(field));
  }
});

test("a file that is not announced or out of order is refused", async () => {
  await assert.rejects(read(["chunk"]), refused("header"));
  await assert.rejects(read(["header", "chunk", "depthChunk"], ["chunk"]), refused("depth_chunk"));
  await assert.rejects(read(["header", "chunk", "soundChunk"], ["chunk"]), refused("sound_chunk"));
  await assert.rejects(read(["header", "chunk", "soundChunk", "depthChunk"]), refused("chunk"));
  await assert.rejects(read(["header", "chunk", "header"]), refused("chunk"));
  await assert.rejects(read(["header", "header", "chunk"]), refused("chunk"));
  await assert.rejects(read(["header", "depthChunk", "chunk"]), refused("chunk"));
});

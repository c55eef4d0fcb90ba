/** Files come in their order, each announced. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../core/errors.js";
import {
  CreateJobHeader,
  type CreateJobRequest,
} from "../../proto/gen/depthmesh/v1/job_service.js";
import { UploadMessages } from "./upload-messages.js";

type Kind = "header" | "chunk" | "depthChunk" | "soundChunk";
const KINDS = ["chunk", "depthChunk", "soundChunk"] as const;

/** Each chunk holds its place in the upload. */
async function* messagesOf(kinds: readonly Kind[]): AsyncGenerator<CreateJobRequest> {
  for (const [place, $case] of kinds.entries()) {
    yield $case === "header"
      ? { kind: { $case, value: CreateJobHeader.fromPartial({}) } }
      : { kind: { $case, value: Buffer.of(place) } };
  }
}

/** Places of the chunks that are read, those of a file after one another. */
async function read(kinds: readonly Kind[], asked: readonly (typeof KINDS)[number][] = KINDS) {
  const messages = new UploadMessages(messagesOf(kinds));
  await messages.header();
  const files: number[][] = [];
  for (const kind of asked) {
    const places: number[] = [];
    for await (const chunk of messages.chunks(kind)) places.push(...chunk);
    files.push(places);
  }
  await messages.end();
  return files;
}

const refused = (field: string) => (error: unknown) => {
  assert.ok(error instanceof DepthmeshError, String(error));
  assert.deepEqual([error.reason, error.metadata.field], ["PARAMETER_CONFLICT", field]);
  return true;
};

test("the photo, the depth map, the sound", async () => {
  const kinds: Kind[] = ["header", "chunk", "chunk", "depthChunk", "soundChunk", "soundChunk"];
  assert.deepEqual(await read(kinds), [[1, 2], [3], [4, 5]]);
  assert.deepEqual(await read(["header", "chunk", "soundChunk"]), [[1], [], [2]]);
});

test("what is not announced, or comes too late, is refused", async () => {
  await assert.rejects(read(["chunk"]), refused("header"));
  await assert.rejects(read(["header", "chunk", "depthChunk"], ["chunk"]), refused("depth_chunk"));
  await assert.rejects(read(["header", "chunk", "soundChunk"], ["chunk"]), refused("sound_chunk"));
  await assert.rejects(read(["header", "chunk", "soundChunk", "depthChunk"]), refused("chunk"));
  await assert.rejects(read(["header", "chunk", "header"]), refused("chunk"));
});

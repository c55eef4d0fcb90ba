/** Checks a model file on this disk against the size and SHA-256 of the manifest. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { DepthmeshError } from "../core/errors.js";

const READ_BYTES = 1024 * 1024;

/** Size of a file in bytes; undefined when there is none. */
export async function fileSize(path: string): Promise<number | undefined> {
  const facts = await stat(path).catch(() => undefined);
  return facts?.isFile() ? facts.size : undefined;
}

/** Lower-case hexadecimal SHA-256 of a file, read in chunks. */
async function fileSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}

export interface ExpectedFile {
  readonly model: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Reads a file into memory and verifies exactly the bytes that it returns. Throws MODEL_CORRUPT.
 */
export async function readVerified(path: string, expected: ExpectedFile): Promise<Uint8Array> {
  await assertSize(path, expected);
  const bytes = new Uint8Array(expected.bytes);
  const hash = createHash("sha256");
  let at = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
    const part = (chunk as Buffer).subarray(0, expected.bytes - at);
    hash.update(part);
    bytes.set(part, at);
    at += part.length;
  }
  assertSha256(hash.digest("hex"), expected);
  return bytes;
}

/**
 * Throws MODEL_CORRUPT, with the expected and the actual value. Checks the size first, because that
 * is cheap.
 */
export async function verifyFile(path: string, expected: ExpectedFile): Promise<void> {
  await assertSize(path, expected);
  assertSha256(await fileSha256(path), expected);
}

async function assertSize(path: string, { model, bytes }: ExpectedFile): Promise<void> {
  const actualBytes = await fileSize(path);
  if (actualBytes === bytes) return;
  throw corrupt("the model's file has another size than its manifest says", model, {
    expected_bytes: String(bytes),
    actual_bytes: String(actualBytes ?? "none"),
  });
}

function assertSha256(actual: string, { model, sha256 }: ExpectedFile): void {
  if (actual === sha256) return;
  throw corrupt("the model's file differs from its manifest", model, {
    expected_sha256: sha256,
    actual_sha256: actual,
  });
}

function corrupt(message: string, model: string, facts: Record<string, string>): DepthmeshError {
  return new DepthmeshError("MODEL_CORRUPT", message, { metadata: { model, ...facts } });
}

/**
 * What the object store of NATS keeps of an object, as its other clients read it too, with the
 * sequences of some chunks for reads that begin in the middle.
 */
import { z } from "zod";

/** As other clients choose by default. */
export const CHUNK_BYTES = 128 * 1024;
/** Of so many chunks, 8 MiB, the sequence of the first one is kept. */
export const INDEX_STEP = 64;

export interface NatsMeta {
  readonly name: string;
  readonly bucket: string;
  /** Names the chunks. */
  readonly nuid: string;
  readonly sizeBytes: number;
  /** Stream sequences of the chunks 0, INDEX_STEP, 2 · INDEX_STEP, …; empty of other clients. */
  readonly sequences: readonly number[];
  /** SHA-256 in URL-safe base 64. */
  readonly digest: string;
}

const STORED = z.object({
  name: z.string(),
  bucket: z.string(),
  nuid: z.string(),
  size: z.number().int().min(0),
  digest: z.string().default(""),
  deleted: z.boolean().default(false),
  metadata: z.record(z.string(), z.string()).optional(),
});

/**
 * Undefined for one that another client has marked as deleted. Throws for what is no JSON of one.
 */
export function parseMeta(text: string): NatsMeta | undefined {
  const { name, bucket, nuid, size, digest, deleted, metadata } = STORED.parse(JSON.parse(text));
  if (deleted) return undefined;
  const sequences = metadata?.sequences ?? "";
  return {
    ...{ name, bucket, nuid, sizeBytes: size, digest },
    sequences: sequences === "" ? [] : sequences.split(",").map(Number),
  };
}

export function writeMeta({ name, bucket, nuid, sizeBytes, digest, sequences }: NatsMeta): string {
  return JSON.stringify({
    ...{ name, bucket, nuid, digest, size: sizeBytes, chunks: Math.ceil(sizeBytes / CHUNK_BYTES) },
    mtime: new Date().toISOString(),
    options: { max_chunk_size: CHUNK_BYTES },
    metadata: { sequences: sequences.join(",") },
  });
}

/** As other clients write a name into a subject. */
export const nameInSubject = (name: string) => Buffer.from(name).toString("base64url");
export const nameFromSubject = (token: string) => Buffer.from(token, "base64url").toString();

/**
 * Packs a folder of pictures into a tar or zip archive while it is read. Equal folders give equal
 * bytes.
 */
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Pack, pack } from "tar-stream";
import ZipStream from "zip-stream";
import { DepthmeshError } from "../../core/errors.js";
import { chunksOf, FILE_CHUNK_BYTES } from "../../kit/rpc/chunks.js";

/**
 * Without zip64, offsets in a zip have 32 bits. Programs that cannot read zip64 are still in use.
 */
const MAX_ZIP_BYTES = 0xffff_ffff;
/** Of each file: the local header and the central header; its name comes on top, twice. */
const ZIP_ENTRY_BYTES = 30 + 46;
const MODE = 0o644;

interface PackedFile {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Every file of the folder in the order of the names, without owner and time (POSIX ustar), in
 * small chunks.
 */
export async function* tarOf(folder: string): AsyncGenerator<Uint8Array> {
  const files = await filesOf(folder);
  const archive = pack();
  const fill = async () => {
    for (const file of files) await addToTar(archive, file);
    archive.finalize();
  };
  fill().catch((error) => archive.destroy(error));
  try {
    for await (const part of archive as AsyncIterable<Uint8Array>) yield* chunksOf(part);
  } finally {
    archive.destroy();
  }
}

async function addToTar(archive: Pack, { name, path, sizeBytes }: PackedFile): Promise<void> {
  const source = createReadStream(path, { highWaterMark: FILE_CHUNK_BYTES });
  try {
    await new Promise<void>((resolve, reject) => {
      const header = { name, size: sizeBytes, mode: MODE, mtime: new Date(0) };
      const entry = archive.entry(header, (error) => (error ? reject(error) : resolve()));
      entry.on("error", reject);
      source.on("error", reject).pipe(entry);
    });
  } finally {
    source.destroy();
  }
}

/**
 * Every file of the folder in the order of the names, without owner and time, in small chunks. The
 * files are stored as they are, because a PNG does not get smaller, and one of them is in memory at
 * a time: its size and checksum stand before its data, which programs that read a zip as a stream
 * need. Throws PARAMETER_CONFLICT for more than 4 GiB.
 */
export async function* zipOf(folder: string): AsyncGenerator<Uint8Array> {
  const files = await filesOf(folder);
  checkZipSize(files);
  const archive = new ZipStream({ store: true });
  // The earliest time that a zip can store.
  const facts = { date: new Date(Date.UTC(1980, 0, 1)), mode: MODE };
  let readBytes = 0;
  async function* written(): AsyncGenerator<Uint8Array> {
    while (readBytes < archive.getBytesWritten()) {
      const part: Buffer | null = archive.read();
      if (part === null) await once(archive, "readable");
      else {
        readBytes += part.length;
        yield* chunksOf(part);
      }
    }
  }
  for (const { name, path } of files) {
    const content = await readFile(path);
    await new Promise<void>((resolve, reject) => {
      archive.entry(content, { ...facts, name }, (error) => (error ? reject(error) : resolve()));
    });
    yield* written();
  }
  archive.finalize();
  yield* written();
}

function checkZipSize(files: readonly PackedFile[]): void {
  const actual = files.reduce(
    (sum, { name, sizeBytes }) => sum + sizeBytes + ZIP_ENTRY_BYTES + 2 * Buffer.byteLength(name),
    0,
  );
  if (actual <= MAX_ZIP_BYTES) return;
  throw new DepthmeshError("PARAMETER_CONFLICT", "a zip holds 4 GiB: use png-tar", {
    metadata: {
      field: "outputs.container",
      limit_bytes: String(MAX_ZIP_BYTES),
      actual_bytes: String(actual),
    },
  });
}

async function filesOf(folder: string): Promise<readonly PackedFile[]> {
  const files: PackedFile[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    files.push({ name, path, sizeBytes: (await stat(path)).size });
  }
  return files;
}

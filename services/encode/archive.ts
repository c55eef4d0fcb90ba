/**
 * Packs a folder of pictures into a tar or zip archive while it is read. Equal folders give equal
 * bytes.
 */
import { createReadStream, type ReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { PassThrough } from "node:stream";
import { type Pack, pack } from "tar-stream";
import { ZipFile } from "yazl";
import { DepthmeshError } from "../../core/errors.js";
import { chunksOf, FILE_CHUNK_BYTES } from "../../kit/rpc/chunks.js";

/**
 * Without zip64, offsets in a zip have 32 bits. Programs that cannot read zip64 are still in use.
 */
const MAX_ZIP_BYTES = 0xffff_ffff;
/**
 * Of each file: the local header, the central header and the descriptor behind the data; its name
 * comes on top, twice.
 */
const ZIP_ENTRY_BYTES = 30 + 46 + 16;
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
  const source = openFile(path);
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
 * files are stored as they are, because a PNG does not get smaller. Size and checksum follow the
 * data of a file and stand in the directory at the end of the zip. Throws PARAMETER_CONFLICT for
 * more than 4 GiB.
 */
export async function* zipOf(folder: string): AsyncGenerator<Uint8Array> {
  const files = await filesOf(folder);
  checkZipSize(files);
  const archive = new ZipFile();
  const output = archive.outputStream as PassThrough;
  const fail = (error: Error) => output.destroy(error);
  archive.on("error", fail);
  let source: ReadStream | undefined;
  // The earliest time that a zip can store. yazl writes it as local time, so it is the same
  // everywhere.
  const plain = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true, mode: 0o100_000 | MODE };
  for (const { name, path, sizeBytes } of files) {
    archive.addReadStreamLazy(name, { ...plain, compress: false, size: sizeBytes }, (use) => {
      source = openFile(path).on("error", fail);
      use(null, source);
    });
  }
  archive.end();
  try {
    for await (const part of output) yield* chunksOf(part);
  } finally {
    source?.destroy();
  }
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

function openFile(path: string): ReadStream {
  return createReadStream(path, { highWaterMark: FILE_CHUNK_BYTES });
}

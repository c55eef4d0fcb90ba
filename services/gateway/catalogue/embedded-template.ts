/**
 * The empty database that an embedded catalogue begins as. Making one anew costs seconds and most
 * of a GB of memory, so the build makes it once and packs it into one file.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";
import { packagePath } from "../../../kit/process/package-path.js";

export const TEMPLATE_FILE = packagePath("dist", "catalogue-template.br");

const HEADER_BYTES = 4;

type Entry = readonly [path: string, bytes: number];

/** Packs the files and folders of a database into one file. */
export async function packTemplate(folder: string, file: string): Promise<void> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const entries: Entry[] = [];
  const contents: Buffer[] = [];
  for (const entry of found) {
    const path = relative(folder, join(entry.parentPath, entry.name));
    if (entry.isDirectory()) entries.push([path, -1]);
    else {
      const bytes = await readFile(join(folder, path));
      entries.push([path, bytes.length]);
      contents.push(bytes);
    }
  }
  const table = Buffer.from(JSON.stringify(entries));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(table.length);
  const packed = Buffer.concat([header, table, ...contents]);
  // The databases in it are copies of each other: a window over all of them finds that.
  const params = {
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_QUALITY]: 9,
    [constants.BROTLI_PARAM_SIZE_HINT]: packed.length,
  };
  await writeFile(file, await promisify(brotliCompress)(packed, { params }));
}

/** Unpacks a template into a folder that does not exist; it appears whole or not at all. */
export async function unpackTemplate(folder: string, file = TEMPLATE_FILE): Promise<void> {
  if (!existsSync(file)) throw new Error(`${file} is missing: run scripts/setup`);
  const packed = await promisify(brotliDecompress)(await readFile(file));
  const tableEnd = HEADER_BYTES + packed.readUInt32BE();
  const entries = JSON.parse(packed.toString("utf8", HEADER_BYTES, tableEnd)) as readonly Entry[];
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  let offset = tableEnd;
  for (const [path, bytes] of entries) {
    const target = join(partial, path);
    await mkdir(bytes < 0 ? target : dirname(target), { recursive: true, mode: 0o700 });
    if (bytes < 0) continue;
    await writeFile(target, packed.subarray(offset, offset + bytes), { mode: 0o600 });
    offset += bytes;
  }
  await rename(partial, folder);
}

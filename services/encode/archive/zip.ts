/** A folder of files as a zip archive (PKWARE APPNOTE 6.3), stored as they are: PNG does not shrink again. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { DepthmeshError } from "../../../core/errors.js";

const LOCAL_SIGNATURE = 0x04034b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const END_SIGNATURE = 0x06054b50;
const VERSION = 20;
/** 1 January 1980, the first day that zip knows. */
const DATE = 0x21;
/** Offsets have 32 bits. */
const MAX_BYTES = 0xffff_ffff;

interface Entry {
  readonly name: string;
  readonly crc: number;
  readonly sizeBytes: number;
  readonly offset: number;
}

/** Every file of the folder, in the order of their names, one in memory at a time. Throws PARAMETER_CONFLICT beyond 4 GiB. */
export async function* zipOf(folder: string): AsyncGenerator<Uint8Array> {
  const entries: Entry[] = [];
  let offset = 0;
  for (const name of (await readdir(folder)).sort()) {
    const content = await readFile(join(folder, name));
    const entry = { name, crc: crc32(content), sizeBytes: content.length, offset };
    const header = localHeader(entry);
    offset += header.length + content.length;
    if (offset > MAX_BYTES) throw tooLarge(offset);
    entries.push(entry);
    yield header;
    yield content;
  }
  const directory = Buffer.concat(entries.map(centralHeader));
  yield directory;
  yield endRecord(entries.length, directory.length, offset);
}

/** What the local and the central header share: version to the lengths of name and extra field. */
function commonFields({ name, crc, sizeBytes }: Entry): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(DATE, 8);
  fields.writeUInt32LE(crc, 10);
  fields.writeUInt32LE(sizeBytes, 14);
  fields.writeUInt32LE(sizeBytes, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function localHeader(entry: Entry): Buffer {
  return Buffer.concat([uint32(LOCAL_SIGNATURE), commonFields(entry), Buffer.from(entry.name)]);
}

function centralHeader(entry: Entry): Buffer {
  const madeBy = Buffer.alloc(2);
  madeBy.writeUInt16LE(VERSION);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(entry.offset, 10);
  return Buffer.concat([
    ...[uint32(CENTRAL_SIGNATURE), madeBy, commonFields(entry), rest],
    Buffer.from(entry.name),
  ]);
}

function endRecord(entries: number, directoryBytes: number, directoryOffset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END_SIGNATURE, 0);
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(directoryBytes, 12);
  end.writeUInt32LE(directoryOffset, 16);
  return end;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function tooLarge(actual: number): DepthmeshError {
  return new DepthmeshError("PARAMETER_CONFLICT", "a zip holds 4 GiB: ask for png-tar", {
    metadata: {
      field: "outputs.container",
      limit_bytes: String(MAX_BYTES),
      actual_bytes: String(actual),
    },
  });
}

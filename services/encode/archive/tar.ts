/** A folder of files as a tar archive (POSIX ustar), made while it is read. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileChunks } from "../../../kit/rpc/chunks.js";

const BLOCK_BYTES = 512;

/** Every file of the folder, in the order of their names, without owner or time. */
export async function* tarOf(folder: string): AsyncGenerator<Uint8Array> {
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    const { size } = await stat(path);
    yield tarHeader(name, size);
    yield* fileChunks(path);
    yield Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

/** `name` has at most 100 ASCII characters. */
function tarHeader(name: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  block.write(name, 0, "ascii");
  block.write(octal(0o644, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(sizeBytes, 11), 124);
  block.write(octal(0, 11), 136);
  // The sum is taken with spaces in its own place.
  block.write("        ", 148);
  block.write("0", 156);
  block.write("ustar\0", 257);
  block.write("00", 263);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)} `, 148);
  return block;
}

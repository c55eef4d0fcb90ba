/** Reads integers and tags of an untrusted file, with a bounds check for every read. */

import type { PhotoFormat } from "./format.js";
import { truncated } from "./format.js";

/**
 * Unsigned integers and tags at absolute byte offsets of a file, in one byte order.
 *
 * Every read past the end throws IMAGE_TRUNCATED, so a parser built on this can only fail with a
 * DepthmeshError. Offsets are integers ≥ 0; they may be larger than the file.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly format: PhotoFormat;
  readonly #view: DataView;
  readonly #littleEndian: boolean;

  constructor(bytes: Uint8Array, format: PhotoFormat, order: "big" | "little") {
    this.bytes = bytes;
    this.format = format;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#littleEndian = order === "little";
  }

  /** Length of the file in bytes. */
  get length(): number {
    return this.bytes.length;
  }

  /** Throws IMAGE_TRUNCATED unless [offset, offset + length) lies inside the file. */
  require(offset: number, length: number): void {
    if (offset + length > this.length) throw truncated(this.format, this.length, offset + length);
  }

  u8(offset: number): number {
    this.require(offset, 1);
    return this.#view.getUint8(offset);
  }

  u16(offset: number): number {
    this.require(offset, 2);
    return this.#view.getUint16(offset, this.#littleEndian);
  }

  u24(offset: number): number {
    this.require(offset, 3);
    const middle = this.#view.getUint8(offset + 1) * 0x100;
    const [low, high] = this.#littleEndian ? [offset, offset + 2] : [offset + 2, offset];
    return this.#view.getUint8(high) * 0x10000 + middle + this.#view.getUint8(low);
  }

  u32(offset: number): number {
    this.require(offset, 4);
    return this.#view.getUint32(offset, this.#littleEndian);
  }

  /** Values above 2^53 are rounded; they are far past the end of any file anyway. */
  u64(offset: number): number {
    this.require(offset, 8);
    const [low, high] = this.#littleEndian ? [offset, offset + 4] : [offset + 4, offset];
    return this.u32(high) * 2 ** 32 + this.u32(low);
  }

  /** `length` bytes as Latin-1 text, for tags and signatures. */
  tag(offset: number, length: number): string {
    this.require(offset, length);
    return String.fromCharCode(...this.bytes.subarray(offset, offset + length));
  }

  /** The bytes of [start, end) without a copy. */
  slice(start: number, end: number): Uint8Array {
    this.require(start, end - start);
    return this.bytes.subarray(start, end);
  }
}

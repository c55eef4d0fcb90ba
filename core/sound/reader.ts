/** Bytes of a sound file; numbers beyond its end read as 0, and text there is shorter. */
export class SoundBytes {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get size(): number {
    return this.bytes.length;
  }

  has(offset: number, count: number): boolean {
    return offset >= 0 && offset + count <= this.bytes.length;
  }

  u8(offset: number): number {
    return this.bytes[offset] ?? 0;
  }

  u16(offset: number, isLittle = false): number {
    return this.has(offset, 2) ? this.#view.getUint16(offset, isLittle) : 0;
  }

  u32(offset: number, isLittle = false): number {
    return this.has(offset, 4) ? this.#view.getUint32(offset, isLittle) : 0;
  }

  /** Above 2^53 it is rounded, which is far beyond the end of any file. */
  u64(offset: number): number {
    return this.u32(offset) * 2 ** 32 + this.u32(offset + 4);
  }

  /** One character per byte. */
  text(offset: number, count: number): string {
    return String.fromCharCode(...this.bytes.subarray(offset, offset + count));
  }
}

/** No real file has more chunks, boxes or tags; a file of the smallest ones would take seconds. */
export const MAX_PARTS = 10_000;

/**
 * Bounds-checked reading of the numbers in an untrusted depth map file, and the errors that refuse
 * such a file.
 */
import type { Reason } from "../../error-reasons.js";
import { DepthmeshError } from "../../errors.js";
import type { Size } from "../../geometry/size.js";

/** A map as its file holds it: any unit, top row first, [height, width]. */
export interface MapSamples extends Size {
  readonly values: Float32Array;
}

export type SampleType = "u1" | "u2" | "u4" | "f2" | "f4" | "f8";

export const SAMPLE_BYTES: Readonly<Record<SampleType, number>> = {
  u1: 1,
  u2: 2,
  u4: 4,
  f2: 2,
  f4: 4,
  f8: 8,
};

/** A file with its view; offsets past the end throw IMAGE_TRUNCATED. */
export class MapReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Throws IMAGE_TRUNCATED unless [offset, offset + length) lies inside the file. */
  require(offset: number, length: number): void {
    if (offset + length > this.bytes.length) {
      throw mapTruncated(this.bytes.length, offset + length);
    }
  }

  /** Latin-1 text of [start, end). */
  text(start: number, end: number): string {
    this.require(start, end - start);
    return String.fromCharCode(...this.bytes.subarray(start, end));
  }

  /** `count` samples from `offset` on, into `target` from `at` on. */
  copySamples(
    type: SampleType,
    littleEndian: boolean,
    offset: number,
    count: number,
    target: Float32Array,
    at: number,
  ): void {
    const bytes = SAMPLE_BYTES[type];
    this.require(offset, count * bytes);
    const read = this.#read(type, littleEndian);
    for (let i = 0; i < count; i++) target[at + i] = read(offset + i * bytes);
  }

  #read(type: SampleType, littleEndian: boolean): (offset: number) => number {
    const { view } = this;
    switch (type) {
      case "u1":
        return (offset) => view.getUint8(offset);
      case "u2":
        return (offset) => view.getUint16(offset, littleEndian);
      case "u4":
        return (offset) => view.getUint32(offset, littleEndian);
      case "f2":
        return (offset) => halfToNumber(view.getUint16(offset, littleEndian));
      case "f4":
        return (offset) => view.getFloat32(offset, littleEndian);
      case "f8":
        return (offset) => view.getFloat64(offset, littleEndian);
    }
  }
}

/** IEEE 754 binary16: 1 sign bit, 5 of exponent, 10 of fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** `fault` ends the sentence "the depth map". */
export function mapFault(
  reason: Reason,
  fault: string,
  metadata: Readonly<Record<string, string>> = {},
): DepthmeshError {
  return new DepthmeshError(reason, `the depth map ${fault}`, {
    metadata: { field: "depth.map", ...metadata },
  });
}

export function mapTruncated(actualBytes: number, expectedBytes: number): DepthmeshError {
  return mapFault(
    "IMAGE_TRUNCATED",
    `ends after ${actualBytes} bytes, at least ${expectedBytes} are needed`,
    { actual_bytes: String(actualBytes), expected_bytes: String(expectedBytes) },
  );
}

export function mapCorrupt(fault: string): DepthmeshError {
  return mapFault("IMAGE_CORRUPT", `is corrupt: ${fault}`);
}

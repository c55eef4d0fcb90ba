/**
 * Checks the bytes of a request before anything is built from them: they are a message of its
 * method, without fields that this server does not know, and within limits of size and number. So a
 * message that is refused costs little, whatever it claims to hold, and one that is accepted has a
 * known cost.
 */
import { DepthmeshError, rangeError } from "../../core/errors.js";
import { FILE_CHUNK_BYTES } from "./chunks.js";
import type { FieldShape, MessageShape } from "./message-shape.js";

/** A header, or any other message, with what it contains. */
export const MAX_REQUEST_BYTES = 1024 * 1024;
/** The tag and the length of a field that holds exactly as much as it may. */
export const FRAMING_BYTES = 16;
/**
 * Fields and values of one message together, with those of the messages in it. A message in it
 * counts four times, because it is an object to build.
 */
export const MAX_REQUEST_FIELDS = 80_000;
const MESSAGE_WEIGHT = 4;
/** Entries of a list. */
export const MAX_LIST_ENTRIES = 1024;

/**
 * Other limits than the usual ones by full name of a field, such as `depthmesh.v1.JobSpec.outputs`:
 * entries of a repeated field, bytes of a bytes field.
 */
export type FieldLimits = Readonly<Record<string, number>>;

/** Wire types of the encoding. */
const [VARINT, FIXED64, LENGTH, FIXED32] = [0, 1, 2, 5];

/**
 * Throws PARAMETER_OUT_OF_RANGE for what is too large or too much, PARAMETER_UNKNOWN for bytes that
 * are no such message and for unknown fields.
 */
export function scanMessage(shape: MessageShape, bytes: Uint8Array, limits: FieldLimits): void {
  new Scan(bytes, limits).whole(shape);
}

class Scan {
  readonly #bytes: Uint8Array;
  readonly #limits: FieldLimits;
  /** Names of the fields that lead to the message that is scanned. */
  readonly #path: string[] = [];
  #at = 0;
  #fields = 0;

  constructor(bytes: Uint8Array, limits: FieldLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
  }

  whole(shape: MessageShape): void {
    const { length } = this.#bytes;
    if (length > MAX_REQUEST_BYTES + FRAMING_BYTES) {
      const field = this.#firstField(shape) ?? "request";
      const message = `the message has ${length} bytes; it may have at most ${MAX_REQUEST_BYTES}`;
      throw rangeError(field, length, { maximum: MAX_REQUEST_BYTES }, message);
    }
    this.#message(shape, length);
  }

  #firstField({ fields }: MessageShape): string | undefined {
    return fields.get(this.#varint(this.#bytes.length) >>> 3)?.name;
  }

  #message(shape: MessageShape, end: number): void {
    const counts = shape.repeatedFields > 0 ? new Uint32Array(shape.repeatedFields) : undefined;
    while (this.#at < end) {
      const tag = this.#varint(end);
      const field = shape.fields.get(tag >>> 3);
      const wireType = tag & 7;
      if (!field) throw this.#unknownField(tag >>> 3);
      const entries = this.#field(field, wireType, tag >>> 3, end);
      this.#fields += field.kind === "message" ? MESSAGE_WEIGHT : entries;
      if (this.#fields > MAX_REQUEST_FIELDS) throw this.#tooMany(field);
      if (counts && field.repeatedIndex >= 0) {
        const count = (counts[field.repeatedIndex] ?? 0) + entries;
        counts[field.repeatedIndex] = count;
        if (count > this.#limitOf(field, MAX_LIST_ENTRIES)) throw this.#tooLong(field);
      }
    }
  }

  /** Moves behind the field; returns how many values it has. */
  #field(field: FieldShape, wireType: number, number: number, end: number): number {
    switch (wireType) {
      case VARINT:
        if (field.kind !== "varint") throw this.#unknownField(number);
        this.#varint(end);
        return 1;
      case FIXED64:
        if (field.kind !== "fixed64") throw this.#unknownField(number);
        this.#skip(8, end);
        return 1;
      case FIXED32:
        if (field.kind !== "fixed32") throw this.#unknownField(number);
        this.#skip(4, end);
        return 1;
      case LENGTH:
        return this.#lengthDelimited(field, number, end);
      default:
        throw unreadable();
    }
  }

  #lengthDelimited(field: FieldShape, number: number, end: number): number {
    const length = this.#varint(end);
    const fieldEnd = this.#at + length;
    if (fieldEnd > end) throw unreadable();
    switch (field.kind) {
      case "message":
        this.#path.push(field.name);
        if (field.message) this.#message(field.message, fieldEnd);
        this.#path.pop();
        break;
      case "bytes": {
        const maximum = this.#limitOf(field, FILE_CHUNK_BYTES);
        if (length > maximum) {
          const path = this.#pathOf(field);
          const message = `${path} has ${length} bytes; a message may have at most ${maximum} of it`;
          throw rangeError(path, length, { maximum }, message);
        }
        break;
      }
      case "string":
        break;
      default:
        if (field.repeatedIndex < 0) throw this.#unknownField(number);
        return this.#packed(field.kind, fieldEnd);
    }
    this.#at = fieldEnd;
    return 1;
  }

  /** Many numbers in one field. One without any counts too: there may be half a million of them. */
  #packed(kind: "varint" | "fixed64" | "fixed32", end: number): number {
    const start = this.#at;
    this.#at = end;
    if (kind !== "varint") {
      const size = kind === "fixed64" ? 8 : 4;
      if ((end - start) % size !== 0) throw unreadable();
      return Math.max(1, (end - start) / size);
    }
    let count = 0;
    // The last byte of each number is below 128.
    for (let i = start; i < end; i++) if ((this.#bytes[i] ?? 0) < 0x80) count += 1;
    return Math.max(1, count);
  }

  #skip(bytes: number, end: number): void {
    this.#at += bytes;
    if (this.#at > end) throw unreadable();
  }

  /** The low 32 bits are exact, as lengths and tags need them. */
  #varint(end: number): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= end) throw unreadable();
      const byte = this.#bytes[this.#at++] ?? 0;
      if (shift < 28) value |= (byte & 0x7f) << shift;
      else if (shift === 28) value = (value | ((byte & 0x0f) << 28)) >>> 0;
      if (byte < 0x80) return value >>> 0;
    }
    throw unreadable();
  }

  #limitOf({ fullName }: FieldShape, usual: number): number {
    return this.#limits[fullName] ?? usual;
  }

  #pathOf({ name }: FieldShape): string {
    return [...this.#path, name].join(".");
  }

  #tooLong(field: FieldShape): DepthmeshError {
    const maximum = this.#limitOf(field, MAX_LIST_ENTRIES);
    const path = this.#pathOf(field);
    const message = `${path} has more than ${maximum} entries; it may have at most ${maximum}`;
    return rangeError(path, `more than ${maximum}`, { maximum }, message);
  }

  #tooMany(field: FieldShape): DepthmeshError {
    const message = `the message has more than ${MAX_REQUEST_FIELDS} fields and values, many of them in ${this.#pathOf(field)}; it may have at most so many`;
    const actual = `more than ${MAX_REQUEST_FIELDS}`;
    return rangeError(this.#pathOf(field), actual, { maximum: MAX_REQUEST_FIELDS }, message);
  }

  #unknownField(number: number): DepthmeshError {
    const path = ["request", ...this.#path].join(".");
    const field_number = String(number);
    return new DepthmeshError("PARAMETER_UNKNOWN", `${path} has an unknown field ${number}`, {
      metadata: { message: path, field_number },
    });
  }
}

export function unreadable(cause?: unknown): DepthmeshError {
  const message = "the bytes of the request are not a message of this method";
  return new DepthmeshError("PARAMETER_UNKNOWN", message, { cause });
}

/** Writes DER, the encoding of certificates: each value is a tag, a length and the content. */

/** A value of a universal or context-specific class. */
export function value(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

export const sequence = (...items: readonly Uint8Array[]) => value(0x30, ...items);
export const set = (...items: readonly Uint8Array[]) => value(0x31, ...items);
export const boolean = (isTrue: boolean) => value(0x01, Buffer.from([isTrue ? 0xff : 0]));
export const octets = (content: Uint8Array) => value(0x04, content);
export const utf8 = (text: string) => value(0x0c, Buffer.from(text));
/** A bit string of whole bytes; `unused` bits of the last one do not count. */
export const bits = (content: Uint8Array, unused = 0) =>
  value(0x03, Buffer.from([unused]), content);

/** A positive integer, as bytes with the highest first. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const significant = first < 0 ? Buffer.from([0]) : Buffer.from(bytes.subarray(first));
  // A set first bit would make it negative.
  const isHigh = (significant[0] ?? 0) >= 0x80;
  return value(0x02, isHigh ? Buffer.from([0]) : Buffer.alloc(0), significant);
}

/** An object identifier such as `2.5.4.3`. */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return value(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(number: number): number[] {
  const groups = [number & 0x7f];
  for (let left = number >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
  return groups;
}

/** A time to the second; from 2050 on the form has a year of four digits. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  const isLate = date.getUTCFullYear() >= 2050;
  return value(isLate ? 0x18 : 0x17, Buffer.from(isLate ? digits : digits.slice(2)));
}

/**
 * CRC-32C (Castagnoli), as uploads carry it: in JavaScript, so that the client needs no native
 * code.
 */

/** Of the reflected polynomial 0x1EDC6F41. */
const POLYNOMIAL = 0x82f63b78;

/** TABLES[k][b]: the checksum of byte b with k zero bytes behind it. */
const TABLES: readonly Uint32Array[] = tables();

function tables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
  const all = [first];
  for (let k = 1; k < 4; k++) {
    const before = all[k - 1] as Uint32Array;
    all.push(before.map((crc) => (first[crc & 0xff] as number) ^ (crc >>> 8)));
  }
  return all;
}

/** An unsigned 32-bit number. Four bytes at a time (slicing-by-4). */
export function crc32c(bytes: Uint8Array): number {
  const [t0, t1, t2, t3] = TABLES as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  const { length } = bytes;
  let crc = -1;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc =
      (t3[crc & 0xff] as number) ^
      (t2[(crc >>> 8) & 0xff] as number) ^
      (t1[(crc >>> 16) & 0xff] as number) ^
      (t0[crc >>> 24] as number);
  }
  for (; at < length; at++)
    crc = (t0[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

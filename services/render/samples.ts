/** Bytes as samples of a raster. */

/** Little endian 16-bit samples: a view where the bytes are aligned, else a copy. */
export function uint16View(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}

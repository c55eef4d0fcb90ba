/** The application segments in the header of a JPEG: where phones put XMP and lists of pictures. */

export interface Segment {
  /** 1 for APP1, 2 for APP2, and so on. */
  readonly app: number;
  /** Offset of the payload in the file. */
  readonly offset: number;
  readonly payload: Uint8Array;
}

const MAX_SEGMENTS = 4096;
const SOS = 0xda;
const APP0 = 0xe0;

/** Reads up to the first scan; a broken header ends the list, because other checks report it. */
export function* appSegments(bytes: Uint8Array): Generator<Segment> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 2;
  for (let count = 0; count < MAX_SEGMENTS && offset + 4 <= bytes.length; count++) {
    // Any number of 0xff may stand before the code of a marker.
    while (bytes[offset] === 0xff && bytes[offset + 1] === 0xff) offset += 1;
    if (offset + 4 > bytes.length) return;
    const marker = bytes[offset + 1] ?? 0;
    if (bytes[offset] !== 0xff || marker === SOS) return;
    const length = view.getUint16(offset + 2);
    const end = offset + 2 + length;
    if (length < 2 || end > bytes.length) return;
    if (marker >= APP0 && marker < APP0 + 16) {
      yield { app: marker - APP0, offset: offset + 4, payload: bytes.subarray(offset + 4, end) };
    }
    offset = end;
  }
}

/** Whether a payload begins with this text, one byte per character. */
export function startsWith(payload: Uint8Array, text: string): boolean {
  return [...text].every((character, i) => payload[i] === character.charCodeAt(0));
}

/** Boxes of ISO/IEC 14496-12 that lie in memory, such as those of a `moov`. */

/** Size and type. */
export const HEADER_BYTES = 8;
/** Version and flags of a full box. */
export const FLAGS_BYTES = 4;
/** Fields of a sample entry of video before its boxes, with those that all entries have. */
export const VIDEO_ENTRY_BYTES = 78;
/** The number of entries of `stsd`, before the entries. */
export const COUNT_BYTES = 4;

/**
 * The boxes from `from` on. Bytes after the last whole one, such as QuickTime's terminator, are not
 * among them. Throws RangeError for a box that is larger than its parent.
 */
export function childrenOf(parent: Uint8Array, from: number = HEADER_BYTES): Uint8Array[] {
  const view = viewOf(parent);
  const children: Uint8Array[] = [];
  let at = from;
  while (at + HEADER_BYTES <= parent.length) {
    const sizeBytes = view.getUint32(at);
    if (sizeBytes === 0) break;
    if (sizeBytes < HEADER_BYTES || at + sizeBytes > parent.length) {
      throw new RangeError(`a box of ${sizeBytes} bytes does not fit into its parent`);
    }
    children.push(parent.subarray(at, at + sizeBytes));
    at += sizeBytes;
  }
  return children;
}

/** The first child of this type, from `from` on. */
export function childOf(
  parent: Uint8Array,
  type: string,
  from: number = HEADER_BYTES,
): Uint8Array | undefined {
  return childrenOf(parent, from).find((child) => typeOf(child) === type);
}

/** The box at the end of this path of types. Throws RangeError where there is none. */
export function boxAt(parent: Uint8Array, ...path: readonly string[]): Uint8Array {
  return path.reduce((box, type) => {
    const child = childOf(box, type);
    if (!child) throw new RangeError(`there is no ${type} in ${typeOf(box)}`);
    return child;
  }, parent);
}

export function typeOf(box: Uint8Array): string {
  return textAt(box, 4, 4);
}

/** Bytes as Latin-1. */
export function textAt(box: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...box.subarray(offset, offset + length));
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

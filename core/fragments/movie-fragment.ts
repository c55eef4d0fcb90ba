/** What a movie fragment box says of its samples (ISO/IEC 14496-12, 8.8). */

const HEADER_BYTES = 8;
/** Version and flags of a full box. */
const FULL_HEADER_BYTES = HEADER_BYTES + 4;

/** Samples of one track in a `moof`, its header included. */
export function fragmentSamples(moof: Uint8Array, track: number): number {
  let samples = 0;
  for (const traf of childrenOf(view(moof), "traf")) {
    const [header] = childrenOf(traf, "tfhd");
    if (header?.getUint32(FULL_HEADER_BYTES) !== track) continue;
    for (const run of childrenOf(traf, "trun")) samples += run.getUint32(FULL_HEADER_BYTES);
  }
  return samples;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function* childrenOf(box: DataView, type: string): Generator<DataView> {
  let offset = HEADER_BYTES;
  while (offset + HEADER_BYTES <= box.byteLength) {
    const sizeBytes = box.getUint32(offset);
    if (sizeBytes < HEADER_BYTES || offset + sizeBytes > box.byteLength) return;
    const name = String.fromCharCode(
      ...[4, 5, 6, 7].map((position) => box.getUint8(offset + position)),
    );
    if (name === type) yield new DataView(box.buffer, box.byteOffset + offset, sizeBytes);
    offset += sizeBytes;
  }
}

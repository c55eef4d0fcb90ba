/**
 * Chunks of any size as chunks of one size; the last one may be shorter. No byte is copied twice.
 */
export async function* regroup(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  sizeBytes: number,
): AsyncGenerator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  for await (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      const piece = chunk.subarray(at, at + sizeBytes - gatheredBytes);
      at += piece.length;
      gathered.push(piece);
      gatheredBytes += piece.length;
      if (gatheredBytes < sizeBytes) continue;
      yield joined(gathered);
      gathered = [];
      gatheredBytes = 0;
    }
  }
  if (gatheredBytes > 0) yield joined(gathered);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  return pieces.length === 1 && first ? first : Buffer.concat(pieces);
}

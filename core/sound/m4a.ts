/** Checks the boxes of an MP4 file (ISO 14496-12): a movie with a track of AAC or ALAC. */
import { corruptSound, unsupportedSound } from "./codecs.js";
import { MAX_PARTS, type SoundBytes } from "./reader.js";

interface Box {
  readonly type: string;
  /** Offsets of its content. */
  readonly start: number;
  readonly end: number;
}

const TAKEN = new Set(["mp4a", "alac"]);
/** The way from a movie to the list of a track's codecs. */
const TRACK_PATH = ["trak", "mdia", "minf", "stbl", "stsd"];
/** Version, flags and the number of entries. */
const STSD_HEADER_BYTES = 8;

/**
 * A file that is cut behind its movie box is no fault: decoders play what is there. Throws
 * SOUND_UNSUPPORTED_FORMAT and SOUND_CORRUPT.
 */
export function checkM4a(file: SoundBytes): void {
  const counter = { parts: 0 };
  for (const movie of boxes(file, 0, file.size, counter)) {
    if (movie.type !== "moov") continue;
    if (movie.end > file.size) break;
    const codecs = codecsIn(file, movie, TRACK_PATH, counter);
    if (codecs.some((codec) => TAKEN.has(codec))) return;
    const found = codecs.map((codec) => codec.replace(/[^\x20-\x7e]/g, "?")).join(" ");
    throw unsupportedSound("the MP4 file has no track of AAC or ALAC", { actual_codecs: found });
  }
  throw corruptSound("m4a", "it has no complete movie box", file.size);
}

function codecsIn(
  file: SoundBytes,
  parent: Box,
  [type, ...path]: readonly string[],
  counter: { parts: number },
): string[] {
  const inner = parent.type === "stsd" ? parent.start + STSD_HEADER_BYTES : parent.start;
  const children = [...boxes(file, inner, parent.end, counter)];
  if (type === undefined) return children.map((entry) => entry.type);
  return children
    .filter((box) => box.type === type && box.end <= parent.end)
    .flatMap((box) => codecsIn(file, box, path, counter));
}

function* boxes(
  file: SoundBytes,
  start: number,
  end: number,
  counter: { parts: number },
): Generator<Box> {
  for (let offset = start; offset + 8 <= end; ) {
    if (++counter.parts > MAX_PARTS) throw corruptSound("m4a", "it has too many boxes", file.size);
    const short = file.u32(offset);
    const headerBytes = short === 1 ? 16 : 8;
    const length = short === 1 ? file.u64(offset + 8) : short === 0 ? end - offset : short;
    if (length < headerBytes) return;
    yield { type: file.text(offset + 4, 4), start: offset + headerBytes, end: offset + length };
    offset += length;
  }
}

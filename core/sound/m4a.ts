/** Checks the boxes of an MP4 file (ISO 14496-12): its first sound must be AAC, ALAC or MP3. */
import { corruptSound, unsupportedSound } from "./codecs.js";
import { MAX_PARTS, type SoundBytes } from "./reader.js";

interface Box {
  readonly type: string;
  /** Offsets of its content. */
  readonly start: number;
  readonly end: number;
}

const TAKEN = new Set(["mp4a", "alac"]);
/** The way from a track's media to the list of its codecs. */
const CODECS_PATH = ["minf", "stbl", "stsd"];
/** Version, flags and the number of entries. */
const STSD_HEADER_BYTES = 8;
/** Version, flags and a reserved word before the type of the track in `hdlr`. */
const HANDLER_OFFSET = 8;
const SOUND_TRACK = "soun";
/** Object types (ISO 14496-1, table 5) of what `mp4a` may stand for: AAC and MP3. */
const TAKEN_OBJECTS: ReadonlySet<number> = new Set([0x40, 0x66, 0x67, 0x68, 0x69, 0x6b]);

/**
 * A file that is cut behind its movie box is no fault: decoders play what is there. Throws
 * SOUND_UNSUPPORTED_FORMAT and SOUND_CORRUPT.
 */
export function checkM4a(file: SoundBytes): void {
  const counter: Counter = { parts: 0 };
  for (const movie of boxes(file, 0, file.size, counter)) {
    if (movie.type !== "moov") continue;
    if (movie.end > file.size) break;
    const codec = firstSound(file, movie, counter);
    if (codec && TAKEN.has(codec)) return;
    const found = codec?.replace(/[^\x20-\x7e]/g, "?");
    throw unsupportedSound(
      found === undefined
        ? "the MP4 file has no track of sound"
        : `the first sound of the MP4 file is ${found}`,
      { actual_codecs: found ?? "" },
    );
  }
  throw corruptSound("m4a", "it has no complete movie box", file.size);
}

interface Counter {
  parts: number;
}

/** The codec of the first track of sound, which is the one that is decoded. */
function firstSound(file: SoundBytes, movie: Box, counter: Counter): string | undefined {
  for (const media of boxesAt(file, movie, ["trak", "mdia"], counter)) {
    const handler = boxesAt(file, media, ["hdlr"], counter)[0];
    if (handler && file.text(handler.start + HANDLER_OFFSET, 4) !== SOUND_TRACK) continue;
    for (const list of boxesAt(file, media, CODECS_PATH, counter)) {
      const entries = { ...list, start: list.start + STSD_HEADER_BYTES };
      for (const entry of boxes(file, entries.start, entries.end, counter)) {
        const object = entry.type === "mp4a" ? objectType(file, entry) : undefined;
        const isOther = object !== undefined && !TAKEN_OBJECTS.has(object);
        return isOther ? `object type 0x${object.toString(16)}` : entry.type;
      }
    }
  }
  return undefined;
}

/** The boxes at the end of a path of types below `parent`. */
function boxesAt(
  file: SoundBytes,
  parent: Box,
  [type, ...path]: readonly string[],
  counter: Counter,
): Box[] {
  if (type === undefined) return [parent];
  return [...boxes(file, parent.start, parent.end, counter)]
    .filter((box) => box.type === type && box.end <= parent.end)
    .flatMap((box) => boxesAt(file, box, path, counter));
}

const DECODER_CONFIG = 0x04;
/** Descriptors of an `esds` box that stand before that of the decoder take fewer bytes. */
const CONFIG_SEARCH_BYTES = 24;

/** The object type in the `esds` box of an `mp4a` entry; undefined where there is none. */
function objectType(file: SoundBytes, entry: Box): number | undefined {
  const end = Math.min(entry.end, file.size);
  const esds = file.text(entry.start, Math.min(end - entry.start, MAX_ENTRY_BYTES)).indexOf("esds");
  if (esds < 0) return undefined;
  // After version and flags: ES_Descriptor (tag 3, size, number, flags), then the decoder's.
  const first = entry.start + esds + 8;
  const at = afterSize(file, first) + 3;
  const isSimple = file.u8(first) === 0x03 && file.u8(at) === DECODER_CONFIG;
  return isSimple && at < first + CONFIG_SEARCH_BYTES ? file.u8(afterSize(file, at)) : undefined;
}

const MAX_ENTRY_BYTES = 1024;

/** Offset after the tag at `at` and its size, of which each byte but the last has the top bit. */
function afterSize(file: SoundBytes, at: number): number {
  let offset = at + 1;
  while (offset < at + 4 && (file.u8(offset) & 0x80) !== 0) offset += 1;
  return offset + 1;
}

function* boxes(file: SoundBytes, start: number, end: number, counter: Counter): Generator<Box> {
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

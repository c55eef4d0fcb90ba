/**
 * What a finished MP4 or QuickTime file of ours holds, from its `moov` box alone, as ffprobe says
 * it. A file whose samples are not all there is refused.
 */
import {
  boxAt,
  childOf,
  childrenOf,
  FLAGS_BYTES,
  HEADER_BYTES,
  textAt,
  typeOf,
  viewOf,
} from "./boxes.js";
import type { OutputFacts } from "./output-facts.js";
import { soundCodec, videoEntry } from "./sample-entry.js";
import { type ByteRange, readSampleTables, type SampleTables } from "./sample-tables.js";

const VIDEO = "vide";
const SOUND = "soun";

/**
 * `data` are the contents of the file's `mdat` boxes. Undefined for a file that is whole, but whose
 * codecs are not told by their sample entries alone. Throws RangeError for a `moov` without video,
 * that is cut off or contradicts itself, or whose samples do not lie within `data`, each in bytes
 * of its own.
 */
export function readMp4Facts(
  moov: Uint8Array,
  data: readonly ByteRange[],
): OutputFacts | undefined {
  if (typeOf(moov) !== "moov") throw new RangeError(`the box is ${typeOf(moov)}, not moov`);
  const tracks = childrenOf(moov)
    .filter((box) => typeOf(box) === "trak")
    .map(readTrack);
  const video = tracks.find(({ handler }) => handler === VIDEO);
  if (!video) throw new RangeError("there is no track of video");
  checkPlaces(
    tracks.flatMap(({ tables }) => tables.chunks),
    data,
  );
  const sound = tracks.find(({ handler }) => handler === SOUND);
  const durationSeconds = secondsOf(video, timeHeader(boxAt(moov, "mvhd")).scale);
  const entry = videoEntry(video.stbl);
  const codecOfSound = sound ? soundCodec(sound.stbl) : "";
  if (!entry || codecOfSound === undefined) return undefined;
  return { ...entry, frames: video.tables.samples, durationSeconds, soundCodec: codecOfSound };
}

interface Track {
  readonly box: Uint8Array;
  /** Type of its media. */
  readonly handler: string;
  readonly stbl: Uint8Array;
  readonly tables: SampleTables;
}

/** Version, flags and a reserved word stand before the type. */
const HANDLER_AT = HEADER_BYTES + FLAGS_BYTES + 4;

function readTrack(box: Uint8Array): Track {
  const media = boxAt(box, "mdia");
  const handler = textAt(boxAt(media, "hdlr"), HANDLER_AT, 4);
  const stbl = boxAt(media, "minf", "stbl");
  const tables = readSampleTables(stbl);
  if (tables.samples === 0) throw new RangeError(`the track ${handler} has no sample`);
  return { box, handler, stbl, tables };
}

/** Each chunk lies within one range of data, and no two share a byte. */
function checkPlaces(chunks: readonly ByteRange[], data: readonly ByteRange[]): void {
  let last = 0;
  for (const { start, end } of [...chunks].sort((a, b) => a.start - b.start)) {
    if (start < last || !data.some((range) => range.start <= start && end <= range.end)) {
      throw new RangeError(`samples of the bytes ${start} to ${end} are not in the file's data`);
    }
    last = end;
  }
}

interface TimeHeader {
  /** Units in a second. */
  readonly scale: number;
  readonly duration: number;
}

/** The beginning that mvhd and mdhd share. Throws RangeError for units of no time. */
function timeHeader(box: Uint8Array): TimeHeader {
  const view = viewOf(box);
  const isLong = view.getUint8(HEADER_BYTES) === 1;
  // The times of creation and of the last change stand before it.
  const scaleAt = HEADER_BYTES + FLAGS_BYTES + (isLong ? 16 : 8);
  const scale = view.getUint32(scaleAt);
  if (scale === 0) throw new RangeError(`${typeOf(box)} has units of no time`);
  const durationAt = scaleAt + 4;
  const duration = isLong ? Number(view.getBigUint64(durationAt)) : view.getUint32(durationAt);
  return { scale, duration };
}

/**
 * The least of what the media's header, the samples and the edits say, which is what libavformat
 * takes. `movieScale` are the units of edits in a second. Throws RangeError for no time at all.
 */
function secondsOf({ box, tables }: Track, movieScale: number): number {
  const { scale, duration } = timeHeader(boxAt(box, "mdia", "mdhd"));
  const edited = editedDuration(box);
  const units = Math.min(
    ...[duration, tables.duration],
    ...(edited === undefined ? [] : [edited.reduce(inScale, 0)]),
  );
  if (!(units > 0)) throw new RangeError("the video lasts no time");
  return Number((units / scale).toFixed(6));

  function inScale(sum: number, edit: number): number {
    return sum + Math.round((edit * scale) / movieScale);
  }
}

/** Durations of the edits of a track, in units of the movie; undefined if it has none. */
function editedDuration(track: Uint8Array): number[] | undefined {
  const edits = childOf(track, "edts");
  const list = edits && childOf(edits, "elst");
  if (!list) return undefined;
  const view = viewOf(list);
  const entryBytes = view.getUint8(HEADER_BYTES) === 1 ? 20 : 12;
  const countAt = HEADER_BYTES + FLAGS_BYTES;
  const count = view.getUint32(countAt);
  const first = countAt + 4;
  if (first + count * entryBytes > list.length) {
    throw new RangeError(`elst has no room for ${count} entries`);
  }
  if (count === 0) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const at = first + index * entryBytes;
    return entryBytes === 20 ? Number(view.getBigUint64(at)) : view.getUint32(at);
  });
}

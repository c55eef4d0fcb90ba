/**
 * The tables of a track in a finished MP4 or QuickTime file (ISO/IEC 14496-12, 8.6 and 8.7): how
 * many samples there are, how long they last, and where they lie. They are believed only if they
 * agree with one another. Nothing is allocated by a count that the tables merely state.
 */
import { childOf, FLAGS_BYTES, HEADER_BYTES, typeOf, viewOf } from "./boxes.js";

/** Bytes of a file from `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface SampleTables {
  /** Number of samples: a frame of video, or what the codec of a sound takes at once. */
  readonly samples: number;
  /** Sum of the durations of all samples, in units of the track. */
  readonly duration: number;
  /** Where the samples lie, chunk by chunk. */
  readonly chunks: readonly ByteRange[];
}

/** Throws RangeError for tables that are missing, cut off, disagree, or have an empty sample. */
export function readSampleTables(stbl: Uint8Array): SampleTables {
  const sizes = sampleSizes(required(stbl, "stsz"));
  const { samples } = sizes;
  const times = runs(required(stbl, "stts"));
  const duration = times.reduce((sum, { count, value }) => sum + count * value, 0);
  agree("stts", countOf(times), samples);
  const shifts = childOf(stbl, "ctts");
  if (shifts) agree("ctts", countOf(runs(shifts)), samples);
  const keys = childOf(stbl, "stss");
  if (keys) checkKeys(keys, samples);
  return { samples, duration, chunks: chunksOf(stbl, sizes) };
}

function required(stbl: Uint8Array, type: string): Uint8Array {
  const table = childOf(stbl, type);
  if (!table) throw new RangeError(`a track has no ${type}`);
  return table;
}

function agree(type: string, actual: number, samples: number): void {
  if (actual !== samples) throw new RangeError(`${type} has ${actual} samples, stsz ${samples}`);
}

/** Where the fields of a table begin. */
const FIELDS = HEADER_BYTES + FLAGS_BYTES;

interface Entries {
  readonly view: DataView;
  readonly first: number;
  readonly count: number;
}

/** A table of entries of equal size behind their count, which is at `countAt`. */
function entries(table: Uint8Array, entryBytes: number, countAt = FIELDS): Entries {
  const view = viewOf(table);
  const count = view.getUint32(countAt);
  const first = countAt + 4;
  if (first + count * entryBytes > table.length) {
    throw new RangeError(`${typeOf(table)} has no room for ${count} entries`);
  }
  return { view, first, count };
}

interface Run {
  readonly count: number;
  readonly value: number;
}

/** stts and ctts: so many samples with this value. Offsets of ctts may be negative; unused. */
function runs(table: Uint8Array): Run[] {
  const { view, first, count } = entries(table, 8);
  return Array.from({ length: count }, (_, index) => ({
    count: view.getUint32(first + 8 * index),
    value: view.getUint32(first + 8 * index + 4),
  }));
}

const countOf = (all: readonly Run[]) => all.reduce((sum, { count }) => sum + count, 0);

/** stss: the numbers of samples that are key frames, from 1 on, each greater than the last. */
function checkKeys(table: Uint8Array, samples: number): void {
  const { view, first, count } = entries(table, 4);
  let last = 0;
  for (let index = 0; index < count; index++) {
    const number = view.getUint32(first + 4 * index);
    if (number <= last || number > samples) {
      throw new RangeError(`stss names sample ${number} after ${last} of ${samples}`);
    }
    last = number;
  }
}

interface SampleSizes {
  readonly samples: number;
  /** Bytes of `count` samples from `from` on, which exist. */
  readonly bytes: (from: number, count: number) => number;
}

function sampleSizes(stsz: Uint8Array): SampleSizes {
  const view = viewOf(stsz);
  const common = view.getUint32(FIELDS);
  if (common !== 0) {
    const samples = view.getUint32(FIELDS + 4);
    return { samples, bytes: (_from, count) => count * common };
  }
  const { first, count: samples } = entries(stsz, 4, FIELDS + 4);
  return {
    samples,
    bytes(from, count) {
      let sum = 0;
      for (let sample = from; sample < from + count; sample++) {
        const size = view.getUint32(first + 4 * sample);
        if (size === 0) throw new RangeError(`sample ${sample} has no bytes`);
        sum += size;
      }
      return sum;
    },
  };
}

/** stsc: the number of samples in each chunk, from some chunk on. */
function chunksOf(stbl: Uint8Array, sizes: SampleSizes): ByteRange[] {
  const offsets = chunkOffsets(stbl);
  const { view, first, count: rows } = entries(required(stbl, "stsc"), 12);
  const chunks: ByteRange[] = [];
  let sample = 0;
  for (let row = 0; row < rows; row++) {
    const at = first + 12 * row;
    const [from, perChunk] = [view.getUint32(at), view.getUint32(at + 4)];
    const isLast = row + 1 === rows;
    const next = isLast ? offsets.length + 1 : view.getUint32(at + 12);
    if (from !== chunks.length + 1 || next <= from || next > offsets.length + 1) {
      throw new RangeError(`stsc goes from chunk ${from} to ${next} of ${offsets.length}`);
    }
    for (let chunk = from; chunk < next; chunk++) {
      if (sample + perChunk > sizes.samples) {
        throw new RangeError(`the chunks hold more than the ${sizes.samples} samples of stsz`);
      }
      const start = offsets[chunk - 1] ?? 0;
      chunks.push({ start, end: start + sizes.bytes(sample, perChunk) });
      sample += perChunk;
    }
  }
  agree("stsc", sample, sizes.samples);
  if (chunks.length !== offsets.length) throw new RangeError("stsc leaves out chunks");
  return chunks;
}

function chunkOffsets(stbl: Uint8Array): number[] {
  const large = childOf(stbl, "co64");
  if (large) {
    const { view, first, count } = entries(large, 8);
    return Array.from({ length: count }, (_, index) =>
      Number(view.getBigUint64(first + 8 * index)),
    );
  }
  const { view, first, count } = entries(required(stbl, "stco"), 4);
  return Array.from({ length: count }, (_, index) => view.getUint32(first + 4 * index));
}

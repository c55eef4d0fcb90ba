/** Messages between the service and its decoding process, and their encoding on a byte stream. */
import type { Readable, Writable } from "node:stream";
import type { EmbeddedInput, MapInput } from "../../../core/depthmap/files/map-file.js";
import type { DisparityMap, PhotoGuide } from "../../../core/depthmap/post-processing.js";
import type { Size } from "../../../core/geometry/size.js";
import type { Orientation } from "../../../core/photo/exif.js";
import type { PhotoFormat, PhotoLimits } from "../../../core/photo/inspect.js";
import type { Note } from "../../../core/spec/note.js";
import type { Fit } from "./fit.js";

/** Which files the service decodes, by its settings. */
export interface PhotoRules {
  readonly limits: PhotoLimits;
  /** Formats of photos that may be decoded; the loaders of all others are blocked. */
  readonly formats: readonly PhotoFormat[];
}

export interface DecodePhotoRequest extends PhotoRules {
  readonly kind: "photo";
  readonly fit: Fit;
  /** Whether the photo's alpha is wanted too. Absent: it is not. */
  readonly wantsAlpha?: boolean;
  /** Longer side of the map that the photo will guide. Absent: no smaller guide is wanted. */
  readonly guideLongSidePixels?: number;
}

export interface DecodeMapRequest extends PhotoRules {
  readonly kind: "map";
  readonly input: MapInput | EmbeddedInput;
}

export type DecodeRequest = DecodePhotoRequest | DecodeMapRequest;

/** 8-bit sRGB interleaved, [height, width, 3], upright, and over white where it is transparent. */
export interface DecodedPhoto extends Size {
  readonly rgb: Uint8Array;
  /**
   * Alpha, [height, width], if it was wanted and some pixel is transparent; `rgb` is over white.
   */
  readonly alpha?: Uint8Array | undefined;
  /**
   * The photo at the size of its map: area averages of `rgb`, or `rgb` itself where the map is as
   * large or no guide was wanted.
   */
  readonly guide: PhotoGuide;
  /** Hash of the size and the pixels: equal for all files that show the same picture. */
  readonly sha256: string;
  /** The EXIF orientation of the stored pixels, which was applied. */
  readonly orientation: Orientation;
  /** What the caller should know about its colors. */
  readonly notes: readonly Note[];
}

/** A depth map supplied by the caller: disparity up to scale and shift, larger = nearer. */
export interface DecodedMap extends DisparityMap {
  /** Hash of the size and the values. */
  readonly sha256: string;
  /** The EXIF orientation that its file states, which was not applied. */
  readonly orientation?: Orientation | undefined;
}

/**
 * The bytes of a reply for a photo are its pixels, those of a smaller guide, and its alpha; for a
 * map, its values.
 */
export type DecodeReply = {
  /** The process should be replaced before the next file. */
  readonly spent?: boolean;
} & (
  | (Size & {
      /** Size of the smaller guide, if there is one. */
      readonly guide?: Size | undefined;
      readonly sha256: string;
      readonly notes: readonly Note[];
      readonly orientation?: Orientation | undefined;
    })
  | {
      readonly error: {
        readonly reason: string;
        readonly message: string;
        readonly metadata: Readonly<Record<string, string>>;
        /** The decoding library's own words, for the log. */
        readonly cause?: string | undefined;
      };
    }
);

/** On the stream: the byte lengths of both parts as uint32 LE, the header as JSON, the bytes. */
export interface Message {
  readonly header: unknown;
  readonly bytes: Uint8Array;
}

const PREFIX_BYTES = 8;

/** Writes one message, its bytes in parts; resolves when the stream has accepted all of them. */
export function writeMessage(
  stream: Writable,
  header: object,
  ...parts: readonly Uint8Array[]
): Promise<void> {
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(json.length, 0);
  prefix.writeUInt32LE(
    parts.reduce((sum, { length }) => sum + length, 0),
    4,
  );
  const pieces = [prefix, json, ...parts];
  const last = pieces.pop() ?? prefix;
  for (const piece of pieces) stream.write(piece);
  return new Promise((resolve, reject) => {
    stream.write(last, (error) => (error ? reject(error) : resolve()));
  });
}

/** Makes the memory for the bytes of a message; all of it is overwritten. */
export type Allocate = (lengthBytes: number) => Uint8Array;

/**
 * Yields messages as soon as they are complete; an incomplete one at the end is dropped. The bytes
 * of each have memory of their own, into which they are copied once, as they arrive.
 */
export async function* readMessages(
  stream: Readable,
  allocate: Allocate = (lengthBytes) => Buffer.allocUnsafeSlow(lengthBytes),
): AsyncGenerator<Message> {
  const source = new ByteSource(stream);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  while (await source.fill(prefix)) {
    const json = Buffer.alloc(prefix.readUInt32LE(0));
    const bytes = allocate(prefix.readUInt32LE(4));
    if (!(await source.fill(json)) || !(await source.fill(bytes))) return;
    yield { header: JSON.parse(json.toString("utf8")), bytes };
  }
}

/** Takes the bytes of a stream in pieces of chosen lengths. */
class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Fills `target` with the next bytes. False if the stream ends before. */
  async fill(target: Uint8Array): Promise<boolean> {
    for (let filled = 0; filled < target.length; ) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.#chunks.next();
        if (done) return false;
        this.#rest = value;
      }
      const taken = this.#rest.subarray(0, target.length - filled);
      target.set(taken, filled);
      filled += taken.length;
      this.#rest = this.#rest.subarray(taken.length);
    }
    return true;
  }
}

/** Messages between the service and its decoding process, and their encoding on a byte stream. */
import type { Readable, Writable } from "node:stream";
import type { EmbeddedInput, MapInput } from "../../../core/depthmap/files/map-file.js";
import type { DisparityMap } from "../../../core/depthmap/post-processing.js";
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

export type DecodeReply = {
  /** The process should be replaced before the next file. */
  readonly spent?: boolean;
} & (
  | (Size & {
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

/** Writes one message; resolves when the stream has accepted it. */
export function writeMessage(stream: Writable, header: object, bytes: Uint8Array): Promise<void> {
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(json.length, 0);
  prefix.writeUInt32LE(bytes.length, 4);
  stream.write(prefix);
  stream.write(json);
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** Yields messages as soon as they are complete; an incomplete one at the end is dropped. */
export async function* readMessages(stream: Readable): AsyncGenerator<Message> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let neededBytes = PREFIX_BYTES;
  for await (const chunk of stream) {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    while (waitingBytes >= neededBytes) {
      // Joined only when a message may be complete: a large one arrives in thousands of chunks.
      const joined = waiting.length === 1 ? (waiting[0] as Buffer) : Buffer.concat(waiting);
      waiting = [joined];
      const headerBytes = joined.readUInt32LE(0);
      const end = PREFIX_BYTES + headerBytes + joined.readUInt32LE(4);
      neededBytes = end;
      if (joined.length < end) break;
      const bodyAt = PREFIX_BYTES + headerBytes;
      yield {
        header: JSON.parse(joined.toString("utf8", PREFIX_BYTES, bodyAt)),
        bytes: joined.subarray(bodyAt, end),
      };
      waiting = [joined.subarray(end)];
      waitingBytes = joined.length - end;
      neededBytes = PREFIX_BYTES;
    }
  }
}

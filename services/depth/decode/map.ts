/** Decodes a depth map that the caller supplied. */
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { type Inflate, readExr } from "../../../core/depthmap/files/exr.js";
import {
  disparityOf,
  type EmbeddedInput,
  inspectMap,
  type MapFacts,
  type MapInput,
} from "../../../core/depthmap/files/map-file.js";
import { readNpy } from "../../../core/depthmap/files/npy.js";
import { readPfm } from "../../../core/depthmap/files/pfm.js";
import { MapReader, type MapSamples, mapFault } from "../../../core/depthmap/files/samples.js";
import { DepthmeshError } from "../../../core/errors.js";
import type { Orientation } from "../../../core/photo/exif.js";
import { decodeWatched } from "./damage.js";
import type { DecodedMap, DecodeMapRequest } from "./protocol.js";

const inflate: Inflate = (deflated, expectedBytes) =>
  inflateSync(deflated, { maxOutputLength: expectedBytes });

/** Checks the structure of the file, then reads its samples. Throws the IMAGE_ reasons. */
export async function decodeMap(
  bytes: Uint8Array,
  { input, limits }: DecodeMapRequest,
): Promise<DecodedMap> {
  const facts = inspectMap(bytes, input, limits);
  const { orientation, ...samples } = await readSamples(bytes, input, facts);
  const map = disparityOf(samples, input.polarity);
  const sha256 = createHash("sha256")
    .update(`f32 ${map.width}x${map.height}\n`)
    .update(new Uint8Array(map.values.buffer))
    .digest("hex");
  return { ...map, sha256, orientation };
}

interface ReadMap extends MapSamples {
  readonly orientation?: Orientation | undefined;
}

async function readSamples(
  bytes: Uint8Array,
  input: MapInput | EmbeddedInput,
  { format, width, height, orientation = 1 }: MapFacts,
): Promise<ReadMap> {
  switch (format) {
    case "exr":
      return readExr(bytes, inflate);
    case "pfm":
      return readPfm(bytes);
    case "npy":
      return readNpy(bytes);
    case "float32": {
      const values = new Float32Array(width * height);
      new MapReader(bytes).copySamples("f4", true, 0, values.length, values, 0);
      return { values, width, height };
    }
    default: {
      const { largest, ...map } = await readPicture(bytes, format, orientation);
      const distances = "distances" in input ? input.distances : undefined;
      if (!distances) return map;
      const { zero, full } = distances;
      return {
        ...map,
        values: map.values.map((value) => zero + (value / largest) * (full - zero)),
      };
    }
  }
}

/**
 * The first channel, 8 or 16 bits, as stored, and the largest sample that its type has. Profiles
 * and gamma are ignored: the samples are depth, not colors.
 */
async function readPicture(bytes: Uint8Array, format: "png" | "jpeg", read: Orientation) {
  return decodeWatched({ format, bytes }, { ignoreIcc: true }, async (open) => {
    const image = open();
    const { depth, orientation } = await image.metadata();
    // What the structure check has read counts. Where that is 1, libvips tells whether it is
    // stated.
    const stated = read === 1 && orientation === undefined ? undefined : read;
    const is16Bit = depth === "ushort";
    const { data, info } = await image
      .toColourspace(is16Bit ? "rgb16" : "srgb")
      .raw({ depth: is16Bit ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const values = new Float32Array(width * height);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let i = 0; i < values.length; i++) {
      values[i] = is16Bit ? view.getUint16(2 * i * channels, true) : view.getUint8(i * channels);
    }
    return { values, width, height, orientation: stated, largest: is16Bit ? 65_535 : 255 };
  }).catch((error: unknown) => {
    if (!(error instanceof DepthmeshError)) throw error;
    const { reason, metadata, cause } = error;
    const fault = mapFault(reason, "has samples that cannot be decoded", metadata);
    fault.cause = cause;
    throw fault;
  });
}

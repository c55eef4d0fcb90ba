/**
 * The depth map of a job that no model estimates: the one that the caller has sent, or the one that
 * the camera has put into the photo's file. Decoded and turned as the photo is.
 */
import { inspectMap } from "../../core/depthmap/files/map-file.js";
import { decideOrientation, turned } from "../../core/depthmap/orient.js";
import { DepthmeshError } from "../../core/errors.js";
import { findEmbeddedDepth } from "../../core/photo/embedded/depth.js";
import type { Orientation } from "../../core/photo/exif.js";
import { type Note, note } from "../../core/spec/note.js";
import type { JobSpec } from "../../core/spec/spec.js";
import { AUTO_MODEL } from "../../models/registry.js";
import type { Decoder } from "./decode/decoder.js";
import type { DecodedMap, DecodedPhoto, PhotoRules } from "./decode/protocol.js";

export interface SuppliedMap {
  readonly map: DecodedMap;
  readonly notes: readonly Note[];
}

export interface MapFiles {
  /** The photo's file, as uploaded. */
  readonly photoFile: Uint8Array;
  readonly photo: DecodedPhoto;
  readonly mapFile: Uint8Array | undefined;
}

/** Undefined where a model has to estimate the map. Throws as Decoder.map for the caller's map. */
export async function suppliedMap(
  decoder: Decoder,
  { model, depth }: Pick<JobSpec, "model" | "depth">,
  { photoFile, photo, mapFile }: MapFiles,
  rules: PhotoRules,
  signal: AbortSignal,
): Promise<SuppliedMap | undefined> {
  const { map: input, embedded } = depth;
  if (!input || !mapFile) {
    const isAsked = !input && embedded && model === AUTO_MODEL;
    return isAsked ? embeddedMap(decoder, photoFile, photo, rules, signal) : undefined;
  }
  const { format } = inspectMap(mapFile, input, rules.limits);
  const map = await decoder.map(mapFile, { input, ...rules }, signal);
  const { orientation, isGuess } = decideOrientation({
    requested: input.orientation,
    ofMap: map.orientation,
    ofPhoto: photo.orientation,
    map,
    photo,
  });
  const notes: Note[] = [];
  if (format === "jpeg") notes.push(note("DEPTH_MAP_LOSSY", {}));
  if (isGuess) {
    const used = orientation === 1 ? "upright" : "as-photo";
    notes.push(
      note("DEPTH_MAP_ORIENTATION", { used, photo_orientation: String(photo.orientation) }),
    );
  }
  return { map: turnedMap(map, orientation), notes };
}

/** A map that cannot be read is left: the photo is good, and a model can estimate its depth. */
async function embeddedMap(
  decoder: Decoder,
  photoFile: Uint8Array,
  photo: DecodedPhoto,
  rules: PhotoRules,
  signal: AbortSignal,
): Promise<SuppliedMap | undefined> {
  const found = findEmbeddedDepth(photoFile);
  if (!found) return undefined;
  const { kind, bytes, input } = found;
  try {
    const map = await decoder.map(bytes, { input, ...rules }, signal);
    const facts = { kind, width_pixels: String(map.width), height_pixels: String(map.height) };
    // A camera's map is coarser than the photo: its edges are moved to the photo's.
    const coarse = { ...turnedMap(map, photo.orientation), edges: "blurred" } as const;
    return { map: coarse, notes: [note("DEPTH_EMBEDDED", facts)] };
  } catch (error) {
    if (error instanceof DepthmeshError && error.reason.startsWith("IMAGE_")) return undefined;
    throw error;
  }
}

function turnedMap(map: DecodedMap, orientation: Orientation): DecodedMap {
  if (orientation === 1) return map;
  return { ...turned(map, orientation), sha256: `${map.sha256} turned ${orientation}` };
}

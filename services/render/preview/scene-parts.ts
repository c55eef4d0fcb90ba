/**
 * What a scene is drawn from, for callers that draw it themselves: its photo and its depth map as
 * pictures that fit into one message.
 */
import sharp, { type Sharp } from "sharp";
import { resize } from "../../../core/depthmap/resize.js";
import { type Size, scaledSide, withinLongSide } from "../../../core/geometry/size.js";
import { straightOfWhite } from "../../../core/output/alpha.js";
import type { PreviewOptions } from "../../../core/preview/options.js";
import type { SceneRasters } from "../../../core/scene/clip/clip-scene.js";
import { type Note, note } from "../../../core/spec/note.js";
import type { PreviewPicture } from "../../../proto/gen/depthmesh/v1/preview_service.js";
import { encodedImage, MAX_PICTURE_BYTES } from "./encode-picture.js";

/** What the answer has besides the pictures: sizes, names and notes. */
const FACTS_BYTES = 16 * 1024;
const ROOM_BYTES = MAX_PICTURE_BYTES - FACTS_BYTES;
/** A picture that does not fit becomes a little smaller than its bytes ask for. */
const MARGIN = 0.95;

export interface SceneParts {
  readonly photo: PreviewPicture;
  readonly depthMap: PreviewPicture;
  /** PICTURE_REDUCED for each picture that did not fit. */
  readonly notes: readonly Note[];
}

/**
 * Neither picture is larger than its raster, nor than the options' longest side. `roomBytes` is
 * what both files may have together.
 */
export async function sceneParts(
  rasters: SceneRasters,
  options: PreviewOptions,
  roomBytes = ROOM_BYTES,
): Promise<SceneParts> {
  const { longestSide } = options;
  const wanted = {
    photo: withinLongSide(rasters.photoSize, longestSide),
    depthMap: withinLongSide(rasters.disparitySize, longestSide),
  };
  let [photo, depthMap] = await Promise.all([
    encodePhoto(rasters, wanted.photo, options),
    encodeDepthMap(rasters, wanted.depthMap),
  ]);
  while (photo.data.length + depthMap.data.length > roomBytes) {
    // The larger file alone, because the other one may be small already.
    if (photo.data.length >= depthMap.data.length) {
      const smaller = fitting(photo, roomBytes - depthMap.data.length);
      photo = await encodePhoto(rasters, smaller, options);
    } else {
      depthMap = await encodeDepthMap(rasters, fitting(depthMap, roomBytes - photo.data.length));
    }
  }
  const notes = [
    reduced("photo", wanted.photo, photo),
    reduced("depth_map", wanted.depthMap, depthMap),
  ];
  return { photo, depthMap, notes: notes.filter((one) => one !== undefined) };
}

/** The size at which a picture has about so many bytes, and always a smaller one. */
function fitting({ width, height, data }: PreviewPicture, bytes: number): Size {
  const scale = MARGIN * Math.sqrt(Math.max(1 / 4, bytes / data.length));
  return { width: scaledSide(width, scale), height: scaledSide(height, scale) };
}

function reduced(picture: string, wanted: Size, made: Size): Note | undefined {
  if (hasSize(made, wanted)) return undefined;
  const sizes = { wanted_size: shown(wanted), size: shown(made) };
  return note("PICTURE_REDUCED", { picture, ...sizes });
}

const shown = ({ width, height }: Size) => `${width}×${height}`;

/** JPEG shows the photo over white, as it is stored; the other formats keep its alpha. */
async function encodePhoto(
  { photo, photoSize, alpha }: SceneRasters,
  size: Size,
  options: PreviewOptions,
): Promise<PreviewPicture> {
  const rgb = resized(sharp(photo, { raw: { ...photoSize, channels: 3 } }), photoSize, size);
  if (!alpha || options.format === "jpeg") return encodedImage(rgb, size, options);
  // Colors over white may be averaged, straight ones may not.
  const [colors, opacity] = await Promise.all([
    rgb.raw().toBuffer(),
    resized(sharp(alpha, { raw: { ...photoSize, channels: 1 } }), photoSize, size)
      .toColourspace("b-w")
      .raw()
      .toBuffer(),
  ]);
  const rgba = sharp(straightOfWhite(colors, opacity), { raw: { ...size, channels: 4 } });
  return encodedImage(rgba, size, options);
}

/** 16-bit gray. */
async function encodeDepthMap(
  { disparity, disparitySize }: SceneRasters,
  size: Size,
): Promise<PreviewPicture> {
  const samples = hasSize(disparitySize, size)
    ? disparity
    : resizedSamples(disparity, disparitySize, size);
  const data = await sharp(samples, { raw: { ...size, channels: 1 } })
    .toColourspace("grey16")
    .png({ compressionLevel: 4 })
    .toBuffer();
  return { mediaType: "image/png", ...size, data };
}

/** Area averages, as the renderer fits its maps. libvips would lose some of the 16 bits. */
function resizedSamples(samples: Uint16Array, from: Size, to: Size): Uint16Array {
  const means = resize(samples, from, to, 1);
  const result = new Uint16Array(means.length);
  for (let i = 0; i < means.length; i++) result[i] = (means[i] ?? 0) + 0.5;
  return result;
}

/** Without the rings of sharper kernels, which a cut along the edges of depth would show. */
function resized(image: Sharp, from: Size, to: Size): Sharp {
  return hasSize(from, to) ? image : image.resize({ ...to, fit: "fill", kernel: "linear" });
}

const hasSize = (one: Size, other: Size) =>
  one.width === other.width && one.height === other.height;

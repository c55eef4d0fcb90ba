/**
 * The stills of a job (poster and strip): drawn before encode gets its order, encoded, stored as
 * artifacts.
 */
import sharp, { type OverlayOptions, type Sharp } from "sharp";
import { type Size, scaledSide } from "../../core/geometry/size.js";
import type { ClipSource } from "../../core/scene/clip/clip-states.js";
import { isStill, type StillKind, stillFile } from "../../core/spec/artifact-names.js";
import type { JobSpec, StillSpec } from "../../core/spec/spec.js";
import { posterKeepsAlpha } from "../../core/spec/transparency.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { ArtifactRecord } from "../../pipeline/record/record.js";
import type { StageWork } from "../../pipeline/worker/stage-worker.js";
import type { Picture, RenderScene, TransparentPicture } from "./render-scene.js";
import { stillAt, transparentStillAt } from "./still-at.js";
import { type MadeFile, storeArtifacts } from "./store-artifacts.js";

// No picture is encoded twice, so that libvips' cache of operations would only hold memory.
sharp.cache(false);

type StillMaker = (scene: RenderScene, source: ClipSource) => Promise<MadeFile>;

const MAKERS: Readonly<Record<StillKind, StillMaker>> = {
  poster: async (scene, source) => {
    const { stills } = source.spec;
    const keepsAlpha = scene.transparent && posterKeepsAlpha(source.spec);
    const draw = keepsAlpha ? transparentStillAt : stillAt;
    return encodePoster(await draw(scene, source, stills.posterTau), stills);
  },
  strip: (scene, source) =>
    encodeStrip(scene.size, source.spec.stills.stripCount, stripOf(scene, source)),
};

/**
 * Draws and stores the stills that the spec asks for, except those that an earlier attempt has left
 * in the record.
 */
export function makeStills(
  blobs: RemoteBlobs,
  work: Pick<StageWork, "record" | "lease">,
  scene: RenderScene,
  source: ClipSource,
): Promise<ArtifactRecord[]> {
  const { spec } = source;
  const wanted = spec.artifacts.filter(isStill).map((kind) => ({
    ...{ kind, ...stillFile(kind, spec) },
    make: () => MAKERS[kind](scene, source),
  }));
  return storeArtifacts(blobs, work, wanted);
}

/** The moments, as fractions of the clip, of every still that the spec may ask for. */
export function stillMoments(spec: JobSpec): number[] {
  return [spec.stills.posterTau, ...stripMoments(spec)];
}

function stripMoments({ stills: { stripCount } }: JobSpec): number[] {
  return Array.from({ length: stripCount }, (_, i) => i / stripCount);
}

async function* stripOf(scene: RenderScene, source: ClipSource): AsyncGenerator<Picture> {
  for (const tau of stripMoments(source.spec)) yield stillAt(scene, source, tau);
}

/** The level of zlib. Higher levels cost a multiple of the time and save a few per cent. */
const COMPRESSION_LEVEL = 4;

/** The longest side of a strip, which is also that of the largest view. */
const MAX_STRIP_SIDE_PIXELS = 4096;

export async function encodePng(picture: Picture | TransparentPicture): Promise<MadeFile> {
  return fileOf(
    picture,
    await imageOf(picture).png({ compressionLevel: COMPRESSION_LEVEL }).toBuffer(),
  );
}

const fileOf = ({ width, height }: Size, bytes: Uint8Array): MadeFile => ({
  bytes,
  width,
  height,
});

function imageOf(picture: Picture | TransparentPicture): Sharp {
  if ("rgb" in picture) return rawImage(picture.rgb, picture);
  const { width, height } = picture;
  return sharp(picture.rgba, { raw: { width, height, channels: 4 } });
}

/** A poster in its format. */
async function encodePoster(
  picture: Picture | TransparentPicture,
  { posterFormat, posterQuality: quality }: StillSpec,
): Promise<MadeFile> {
  switch (posterFormat) {
    case "png":
      return encodePng(picture);
    case "jpeg":
      return fileOf(picture, await imageOf(picture).jpeg({ quality }).toBuffer());
    case "webp":
      return fileOf(picture, await imageOf(picture).webp({ quality }).toBuffer());
  }
}

/**
 * The size of each still in a strip: the frame's, or smaller so that all of them fit side by side
 * into the limit.
 */
export function stripCell({ width, height }: Size, count: number): Size {
  const scale = Math.min(1, MAX_STRIP_SIDE_PIXELS / (count * width));
  return {
    width: Math.max(1, Math.floor(width * scale)),
    height: scaledSide(height, scale),
  };
}

/**
 * Encodes `count` pictures of the frame's size side by side, the first on the left. Draws them one
 * at a time.
 */
export async function encodeStrip(
  frame: Size,
  count: number,
  pictures: AsyncIterable<Picture>,
): Promise<MadeFile> {
  const cell = stripCell(frame, count);
  const layers: OverlayOptions[] = [];
  for await (const { rgb } of pictures) {
    const { data } = await rawImage(rgb, frame)
      .resize({ ...cell, fit: "fill" })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const left = layers.length * cell.width;
    layers.push({ input: data, raw: { ...cell, channels: 3 }, left, top: 0 });
  }
  const width = count * cell.width;
  const strip = { width, height: cell.height, channels: 3 as const, background: "#000000" };
  const bytes = await sharp({ create: strip })
    .composite(layers)
    .removeAlpha()
    .png({ compressionLevel: COMPRESSION_LEVEL })
    .toBuffer();
  return { bytes, width, height: cell.height };
}

function rawImage(rgb: Uint8Array, { width, height }: Size): Sharp {
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}

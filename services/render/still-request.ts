/**
 * Reads a RenderStill request: a header, then the chunks of rasters of exactly the sizes that the
 * header names.
 */
import { rangeError } from "../../core/errors.js";
import { type SceneSource, sceneSource } from "../../core/scene/clip/clip-scene.js";
import { checkParameter } from "../../core/spec/parameters/row.js";
import { PARAMETERS } from "../../core/spec/parameters.js";
import { fieldConflict, readFirst } from "../../kit/rpc/requests.js";
import type {
  RenderStillHeader,
  RenderStillRequest,
  StillScene,
} from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import { askedSpec } from "./asked-spec.js";
import { uint16View } from "./job-source.js";
import { Raster, rasterSize } from "./received-raster.js";

type Messages = AsyncIterator<RenderStillRequest>;

const MAX_STILLS = 16;

/**
 * Reads the header. Throws PARAMETER_CONFLICT where it is not the first message,
 * PARAMETER_OUT_OF_RANGE where its moments are too many, too few or outside [0, 1].
 */
export async function readStillHeader(messages: Messages): Promise<RenderStillHeader> {
  const header = await readFirst(messages, "header");
  const { taus } = header;
  if (taus.length < 1 || taus.length > MAX_STILLS) {
    const message = `the call asks for ${taus.length} stills; it must be 1 to ${MAX_STILLS}`;
    throw rangeError("taus", taus.length, { minimum: 1, maximum: MAX_STILLS }, message);
  }
  for (const tau of taus) checkParameter(PARAMETERS["stills.poster_tau"], tau, "taus");
  return header;
}

/**
 * Reads all chunks of a scene that the caller sends. Throws the errors of an invalid spec,
 * PARAMETER_OUT_OF_RANGE and IMAGE_TOO_MANY_PIXELS for the sizes, PARAMETER_CONFLICT where the
 * samples are more or fewer than the sizes make.
 */
export async function readStillScene(
  scene: StillScene,
  messages: Messages,
  maxPixels: number,
): Promise<SceneSource> {
  const photoSize = rasterSize("scene.photo", scene.photo, maxPixels);
  const disparitySize = rasterSize("scene.disparity", scene.disparity, maxPixels);
  const spec = askedSpec(scene.spec);
  const photo = new Raster("scene.photo", 3 * photoSize.width * photoSize.height);
  const disparity = new Raster("scene.disparity", 2 * disparitySize.width * disparitySize.height);
  for (let kind = await nextKind(messages); kind; kind = await nextKind(messages)) {
    if (kind.$case === "photoChunk") photo.add(kind.value);
    else if (kind.$case === "disparityChunk") disparity.add(kind.value);
    else throw fieldConflict("only chunks may follow the header", "header");
  }
  return sceneSource({
    spec,
    photo: photo.whole(),
    photoSize,
    disparity: uint16View(disparity.whole()),
    disparitySize,
  });
}

/** Checks that nothing follows the header of a job's scene. Throws PARAMETER_CONFLICT. */
export async function expectEnd(messages: Messages): Promise<void> {
  const kind = await nextKind(messages);
  if (kind) throw fieldConflict("a job's scene takes no chunks", "job");
}

async function nextKind(messages: Messages): Promise<RenderStillRequest["kind"]> {
  const { value, done } = await messages.next();
  if (done) return undefined;
  const message: RenderStillRequest = value;
  return message.kind ?? raiseEmpty();
}

function raiseEmpty(): never {
  throw fieldConflict("a message is empty", "kind");
}

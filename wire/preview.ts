/** Turns what a preview's messages say into values of core. */
import {
  DEFAULT_SCENE_SIDE_PIXELS,
  DEFAULT_SHEET_SIDE_PIXELS,
  type PreviewOptions,
  previewOptions,
} from "../core/preview/options.js";
import { checkSessionCamera, type SessionCamera } from "../core/preview/session-camera.js";
import {
  type InteractCamera,
  PreviewFormat,
  type PreviewOptions as WireOptions,
} from "../proto/gen/depthmesh/v1/preview_service.js";
import { EnumWords } from "./enums.js";

const PREVIEW_FORMAT_WORDS = new EnumWords({
  jpeg: PreviewFormat.PREVIEW_FORMAT_JPEG,
  webp: PreviewFormat.PREVIEW_FORMAT_WEBP,
  png: PreviewFormat.PREVIEW_FORMAT_PNG,
});

/** Throws PARAMETER_OUT_OF_RANGE, PARAMETER_UNKNOWN. */
export function fromWireOptions(options: WireOptions | undefined): PreviewOptions {
  return previewOptions(askedOf(options));
}

/** The same for a contact sheet. */
export function fromWireSheetOptions(options: WireOptions | undefined): PreviewOptions {
  return previewOptions(askedOf(options), DEFAULT_SHEET_SIDE_PIXELS);
}

/** The same for the photo and the depth map of a scene. */
export function fromWireSceneOptions(options: WireOptions | undefined): PreviewOptions {
  return previewOptions(askedOf(options), DEFAULT_SCENE_SIDE_PIXELS);
}

function askedOf({ longestSide = 0, format = 0, quality = 0 }: Partial<WireOptions> = {}) {
  return { longestSide, quality, format: PREVIEW_FORMAT_WORDS.word(format, "options.format") };
}

/** Throws PARAMETER_OUT_OF_RANGE. */
export function fromWireCamera({ x, y, dolly, zoom }: InteractCamera): SessionCamera {
  return checkSessionCamera({ x, y, dolly, zoom });
}

/** Which photos this service decodes, from its settings. */
import { FORMAT_TITLES, type PhotoFormat } from "../../../core/photo/format.js";
import { DEFAULT_PHOTO_LIMITS, type PhotoLimits } from "../../../core/photo/limits.js";
import type { DepthConfig } from "../config.js";

export interface PhotoRules {
  readonly limits: PhotoLimits;
  readonly formats: readonly PhotoFormat[];
}

/** Throws when the settings name a format that there is not. */
export function photoRules(config: Pick<DepthConfig, "maxPixels" | "photoFormats">): PhotoRules {
  const formats = config.photoFormats.split(/[ ,]+/).filter((name) => name !== "");
  const known = Object.keys(FORMAT_TITLES);
  for (const name of formats) {
    if (known.includes(name)) continue;
    throw new Error(`DEPTHMESH_PHOTO_FORMATS names ${name}; there are: ${known.join(" ")}`);
  }
  // The gateway has held the bytes against its own limit.
  const limits = {
    ...DEFAULT_PHOTO_LIMITS,
    maxPixels: config.maxPixels,
    maxBytes: Number.MAX_SAFE_INTEGER,
  };
  return { limits, formats: formats as PhotoFormat[] };
}

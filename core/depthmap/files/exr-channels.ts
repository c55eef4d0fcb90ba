/** Finds the channel of an OpenEXR file that holds a depth, by the names that renderers give. */
import { mapFault, type SampleType } from "./samples.js";

export interface ExrChannel {
  readonly name: string;
  readonly type: SampleType;
}

/** Names without a layer, the most specific first. */
const PLAIN = ["Z", "depth.Z", "Depth.Z", "D", "depth", "disparity"];
/** `ViewLayer.Depth.Z`, `depth.r`, `VRayZDepth.R`, `FinalImageWorldDepth.R`. */
const LAYERED = /(?:^|\.)\w*(?:depth|disparity)(?:\.[ZDVYR])?$/i;
/** `Camera1.Z`, `z`. */
const LAYERED_Z = /(?:^|\.)Z$/i;
/** Names of a picture of one channel. */
const SINGLE = ["Y", "V"];
const COLORS = ["R", "G", "B", "A"];

/** Throws IMAGE_UNSUPPORTED_FORMAT where no channel is one of depth. */
export function depthChannel(channels: readonly ExrChannel[]): ExrChannel {
  const named = (name: string) => channels.find((channel) => channel.name === name);
  for (const name of PLAIN) {
    const found = named(name);
    if (found) return found;
  }
  const layered = channels.find(({ name }) => LAYERED.test(name));
  if (layered) return layered;
  // Z beside X and Y of the same layer is part of a vector, such as a normal.
  const names = new Set(channels.map(({ name }) => name.toLowerCase()));
  const alone = channels.find(
    ({ name }) => LAYERED_Z.test(name) && !names.has(`${name.slice(0, -1).toLowerCase()}x`),
  );
  if (alone) return alone;
  for (const name of SINGLE) {
    const found = named(name);
    if (found) return found;
  }
  // A depth that was saved as a gray picture. Beside other channels, red is the color of the photo.
  const red = named("R");
  if (red && channels.every(({ name }) => COLORS.includes(name))) return red;
  const [only, ...others] = channels;
  if (only && others.length === 0) return only;
  throw mapFault(
    "IMAGE_UNSUPPORTED_FORMAT",
    `is an OpenEXR without a channel of depth, such as ${PLAIN.join(", ")} or a layer's Depth.Z`,
  );
}

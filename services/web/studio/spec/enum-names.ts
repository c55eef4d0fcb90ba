/**
 * Names of the protocol's enum values for the words of the catalogue: `ping-pong` of `camera.loop`.
 */

/** What the names of an enum's values begin with, by the parameter that has the enum. */
const PREFIXES: Readonly<Record<string, string>> = {
  cache_policy: "CACHE_POLICY_",
  "camera.limit": "CAMERA_LIMIT_",
  "camera.loop": "LOOP_MODE_",
  "clip.background": "BACKGROUND_",
  "clip.fit": "FIT_MODE_",
  "depth.map.format": "DEPTH_MAP_FORMAT_",
  "depth.map.orientation": "DEPTH_MAP_ORIENTATION_",
  "depth.map.polarity": "DEPTH_MAP_POLARITY_",
  edges: "EDGES_",
  "motions.components.components.kind": "COMPONENT_KIND_",
  "motions.keyframes.keyframes.easing": "EASING_",
  "outputs.acceleration": "ACCELERATION_",
  "outputs.codec": "CODEC_",
  "outputs.container": "CONTAINER_",
  "outputs.dither": "DITHER_",
  "outputs.pixel_format": "PIXEL_FORMAT_",
  "outputs.speed": "SPEED_",
  "outputs.transparency": "TRANSPARENCY_",
  quality: "QUALITY_",
  "stereo.layout": "STEREO_LAYOUT_",
  "stills.poster_format": "POSTER_FORMAT_",
  "stills.poster_transparency": "TRANSPARENCY_",
};

/** Undefined for a parameter of a later version. */
export function enumNameOf(parameter: string, word: string): string | undefined {
  const prefix = PREFIXES[parameter];
  return prefix && prefix + word.toUpperCase().replaceAll("-", "_");
}

/** The word of an enum's value; undefined for the unspecified one. */
export function wordOf(parameter: string, name: string): string | undefined {
  const prefix = PREFIXES[parameter];
  if (!prefix || !name.startsWith(prefix)) return undefined;
  const word = name.slice(prefix.length).toLowerCase().replaceAll("_", "-");
  return word === "unspecified" ? undefined : word;
}

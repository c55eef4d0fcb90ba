/**
 * The spans whose durations are a metric: parts of the stages, by the name of the span. A span with
 * another name is none, so that the number of values stays what it is here.
 */
export const STEPS = {
  pull: "the spec, the photo or the scene's parts come from the gateway",
  decode: "the photo is decoded",
  "decode map": "the caller's depth map, or the camera's, is decoded",
  "look up map": "the depth map is looked for in the cache",
  infer: "a model estimates the depth",
  refine: "the depth map is refined along the edges of the photo",
  store: "files are pushed to the gateway",
  "store alpha": "the photo's alpha is pushed",
  "store depth.png": "the depth map is made a PNG and pushed",
  "look up result": "the result is looked for in the cache",
  estimate: "an estimate for a caller, not for a job",
  "build mesh": "the scene's meshes are made and uploaded to GL",
  "encode parts": "parts of a scene are encoded for a caller",
  poster: "the poster is drawn and pushed",
  strip: "the strip is drawn and pushed",
  takeaways: "files to take away are made",
  encode: "the frames are pulled and encoded",
} as const;

export type Step = keyof typeof STEPS;

/** The step that a span with this name measures. */
export function stepOf(span: string): Step | undefined {
  return Object.hasOwn(STEPS, span) ? (span as Step) : undefined;
}

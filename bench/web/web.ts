/**
 * `npm run bench -- web`: what the HTTP edge costs: uploads through it beside those over gRPC, how
 * late its readers hear of events, how soon a dropped photo is seen in the studio, and how much a
 * browser loads for it.
 */
import type { Photo } from "../../testing/photos.js";
import type { BenchLine } from "../../testing/report-lines.js";
import { type BenchMesh, startBenchMesh } from "../bench-mesh.js";
import { bundleSize } from "./bundle-size.js";
import { eventDelay } from "./event-delay.js";
import { firstPicture } from "./first-picture.js";
import { uploadPairs } from "./upload-pairs.js";

/** The parts that need a mesh with the web service. */
const PARTS: readonly ((mesh: BenchMesh, photo: Photo) => AsyncIterable<BenchLine>)[] = [
  uploadPairs,
  eventDelay,
  firstPicture,
];

export async function* web(photos: readonly Photo[]): AsyncGenerator<BenchLine> {
  const [photo] = photos;
  if (!photo) throw new Error("the bench needs a photo");
  const mesh = await startBenchMesh({ webPort: 0 });
  try {
    await mesh.mesh.serving;
    for (const part of PARTS) yield* part(mesh, photo);
  } finally {
    await mesh.stop();
  }
  yield* bundleSize();
}

/** `npm run bench -- pipeline`: a photo through the whole mesh, and what of that the mesh itself costs. */
import type { Photo } from "../../testing/photos.js";
import type { BenchLine } from "../report.js";
import { firstFragment } from "./first-fragment.js";
import { frameStream } from "./frame-stream.js";
import { photoToVideo } from "./photo-to-video.js";
import { throughput } from "./throughput.js";

export async function* pipeline(photos: readonly Photo[]): AsyncGenerator<BenchLine> {
  yield* frameStream();
  yield* throughput(photos);
  yield* firstFragment(photos);
  yield* photoToVideo(photos);
}

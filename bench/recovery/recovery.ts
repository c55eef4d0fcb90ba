/**
 * `npm run bench -- recovery`: how soon work goes on after a blow, on a real mesh. Its lease is two seconds, but for poison
 * the default one.
 */
import type { Photo } from "../../testing/photos.js";
import type { BenchLine } from "../report.js";
import { busReturn } from "./bus-return.js";
import { cancel } from "./cancel.js";
import { poison } from "./poison.js";
import { redelivery } from "./redelivery.js";

export async function* recovery([photo]: readonly Photo[]): AsyncGenerator<BenchLine> {
  if (!photo) return;
  yield* redelivery(photo);
  yield* busReturn(photo);
  yield* cancel(photo);
  yield* poison(photo);
}

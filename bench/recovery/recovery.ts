/**
 * `npm run bench -- recovery`: how soon work continues after a process dies, on a real mesh. The
 * lease is two seconds, except for the poison bench, which uses the default.
 */
import type { Photo } from "../../testing/photos.js";
import type { BenchLine } from "../../testing/report-lines.js";
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

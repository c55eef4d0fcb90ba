/** How much a browser loads for the studio, compressed as servers on the way compress it. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { packagePath } from "../../kit/process/package-path.js";
import { atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";

const AIM_KB = 250;
/** What is loaded as text; pictures and fonts are compressed already. */
const TEXT = /\.(?:html|js|css|svg|json|wasm)$/;

export async function* bundleSize(): AsyncGenerator<BenchLine> {
  const folder = packagePath("dist/studio");
  const files = await readdir(folder, { recursive: true });
  const figure = figuresOf("web", "studio");
  let bytes = 0;
  for (const file of files.filter((name) => TEXT.test(name))) {
    bytes += gzipSync(await readFile(join(folder, file)), { level: 9 }).length;
  }
  yield figure("files", files.length, "");
  yield atMost("studio, gzipped", bytes / 1000, AIM_KB, "kB");
}

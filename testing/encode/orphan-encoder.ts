/**
 * A process that a test kills: it starts an encoder in the folder of its argument and prints the
 * process id of ffmpeg.
 */
import { readFile } from "node:fs/promises";
import { ENCODERS } from "../../services/encode/encoders.js";
import { startEncoder } from "../../services/encode/start-encoder.js";
import { encodeRequest } from "./encode-run.js";
import { madeFrame, SMALL } from "./i420-frames.js";

const [folder = ""] = process.argv.slice(2);
const software = ENCODERS.filter(({ hardware }) => !hardware);
const encoder = startEncoder(await encodeRequest(SMALL, [{}], software, folder));
const children = `/proc/${process.pid}/task/${process.pid}/children`;
for (let i = 0; i < 3; i++) await encoder.write(madeFrame(SMALL, i));
for (;;) {
  const [pid] = (await readFile(children, "utf8")).split(" ");
  if (pid?.trim()) {
    process.stdout.write(`${pid}\n`);
    break;
  }
  await new Promise(setImmediate);
}

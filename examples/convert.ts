/**
 * One call: a photo goes in, and the video comes out in fragments while the rest is still rendered.
 *
 *     node dist/examples/convert.js photo.jpg video.mp4 [ADDRESS]
 */

import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { DepthmeshClient } from "../client/client.js";
import { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";

const [photo = "", video = "", address = "127.0.0.1:7410"] = process.argv.slice(2);
if (video === "") throw new Error("usage: convert PHOTO VIDEO [ADDRESS]");

const spec = JobSpec.fromPartial({
  camera: { preset: "orbital", intensity: 1.2 },
  clip: { durationSeconds: 2, longestSide: 640 },
});

const client = new DepthmeshClient(address);
const file = createWriteStream(video);
for await (const { kind } of client.convert(spec, { photo: createReadStream(photo) })) {
  switch (kind?.$case) {
    case "progress":
      console.log(
        "rendered",
        kind.value.render.toFixed(2),
        "encoded",
        kind.value.encode.toFixed(2),
      );
      break;
    case "streamStart":
      // A worker died and another one encodes from the beginning: this example does not go on.
      if (file.bytesWritten > 0) throw new Error("the encoding started again: convert once more");
      break;
    case "chunk":
      // Wait where the disk is slower than the mesh: the server waits too.
      if (!file.write(kind.value)) await once(file, "drain");
      break;
    case "summary":
      console.log(kind.value.name, "succeeded; notes:", kind.value.notes.length);
  }
}
file.end();
await finished(file);
client.close();

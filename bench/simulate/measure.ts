/**
 * `npm run simulate -- measure`: runs real jobs, one at a time, and writes what they cost. All of
 * it is processor time, so that other work on the machine does not matter much.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import type { Measured } from "../../simulate/mesh/measured.js";
import { listPhotos } from "../../testing/photos.js";
import { measureBus } from "./measure-bus.js";
import { measureClips } from "./measure-clips.js";
import { measureSegments } from "./measure-segments.js";
import { MEASURED_PATH } from "./measured-path.js";

export async function measure(photoFolder: string | undefined): Promise<void> {
  const photos = await listPhotos(photoFolder);
  const [photo] = photos;
  if (!photo) throw new Error("there is no photo");
  const [processor] = cpus();
  const measured: Measured = {
    measuredOn: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} cores, ${processor?.model ?? "unknown"}`,
    ...(await measureClips(photos)),
    segments: await measureSegments(photo),
    bus: await measureBus(),
  };
  writeFileSync(MEASURED_PATH, `${JSON.stringify(measured, undefined, 2)}\n`);
  process.stderr.write(`wrote ${MEASURED_PATH}\n`);
}

/** How much room the file systems have that a process writes to. */
import { statfs } from "node:fs/promises";
import { offerMetric } from "./metrics.js";

/** `disk` says what the folder is for. A folder that is not there yet is left out. */
export function offerFreeDisk(disk: "blobs" | "work" | "traces", folder: string): void {
  offerMetric("depthmesh.disk.free", async () => {
    const { bavail, bsize } = await statfs(folder);
    return [{ value: bavail * bsize, attributes: { "depthmesh.disk": disk } }];
  });
}

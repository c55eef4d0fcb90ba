/** How much memory there is for this process. */
import { totalmem } from "node:os";

/** The memory of the machine, or that of the container if it is less, in bytes. */
export function machineMemoryBytes(): number {
  // Zero, or more than the machine has, when no container sets a limit.
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

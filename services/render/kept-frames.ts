/** How much memory frames may take that are shown again. */

const MIB = 1024 * 1024;
/** Of a machine, or of a container: several workers share it with the rest of a mesh. */
const SHARE = 1 / 16;
const MIN_MIB = 128;
/** Leaves the frames of all orders room in a memory of 4 GiB. */
export const MAX_KEPT_MIB = 2048;

/**
 * Bytes for the kept frames of one order. `settingMib` is for all `slots` orders; 0 means a share
 * of the machine's memory.
 */
export function keptFrameBytes(settingMib: number, slots: number, machineBytes: number): number {
  const share = (machineBytes * SHARE) / MIB;
  const mib = settingMib > 0 ? settingMib : Math.min(MAX_KEPT_MIB, Math.max(MIN_MIB, share));
  return Math.floor((mib * MIB) / slots);
}

/** Collects this thread's garbage now. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/**
 * Takes some milliseconds. For the owners of shared memory: V8 does not count it, so that without
 * a collection hundreds of MiB could wait for as long as a thread makes no other garbage. Each
 * thread that knew the memory has to call this.
 */
export function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}

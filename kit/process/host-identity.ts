/**
 * Tells whether two processes share a kernel, its files and a user, so that one can open the Unix
 * sockets of the other. Two containers of one machine do not, because their files differ.
 */
import { readFileSync, readlinkSync } from "node:fs";

export interface HostIdentity {
  /** Of the running kernel: new at every start of the machine. */
  readonly bootId: string;
  /** `mnt:[4026531841]`: which file systems the process sees. */
  readonly mountNamespace: string;
  /** User id. */
  readonly user: number;
}

/** Of this process. Undefined where /proc does not tell it. */
export function hostIdentity(): HostIdentity | undefined {
  try {
    return {
      bootId: readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim(),
      mountNamespace: readlinkSync("/proc/self/ns/mnt"),
      user: process.getuid?.() ?? -1,
    };
  } catch {
    return undefined;
  }
}

export function isSameHost(one: HostIdentity, other: HostIdentity): boolean {
  return (
    one.bootId === other.bootId &&
    one.mountNamespace === other.mountNamespace &&
    one.user === other.user
  );
}

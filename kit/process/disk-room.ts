/**
 * Room on a disk. Blobs and files in the making leave a reserve, because nats-server shares the
 * disk of a small mesh and stops answering when it cannot write.
 */
import { statfs } from "node:fs/promises";
import { DepthmeshError } from "../../core/errors.js";

const MIB = 1024 * 1024;
/** A disk that is small as a whole keeps at most this part of itself free. */
const MAX_RESERVED_PART = 0.05;
const WATCH_EVERY_MS = 500;

export interface Room {
  readonly freeMib: number;
  readonly totalMib: number;
}

export async function roomOf(folder: string): Promise<Room> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeMib: Math.floor((bavail * bsize) / MIB), totalMib: (blocks * bsize) / MIB };
}

/** How much of `reserveMib` a disk of this size keeps free. */
export function reservedMib({ totalMib }: Room, reserveMib: number): number {
  return Math.min(reserveMib, totalMib * MAX_RESERVED_PART);
}

/**
 * STORAGE_FULL for work that was not begun, or was stopped early, because the disk has too little
 * room; the metadata names it in MiB, as `free_mib` and `limit_mib`.
 */
export function noRoom(message: string, { freeMib }: Room, limitMib: number): DepthmeshError {
  const metadata = { free_mib: String(freeMib), limit_mib: String(Math.ceil(limitMib)) };
  return new DepthmeshError("STORAGE_FULL", message, { metadata });
}

/** Whether the error is one of `noRoom`, here or in another process. */
export function isRefusedForRoom({ reason, metadata }: DepthmeshError): boolean {
  return reason === "STORAGE_FULL" && metadata.free_mib !== undefined;
}

/** Throws STORAGE_FULL when the folder's disk has less room than its reserve. */
export async function assertRoom(folder: string, reserveMib: number): Promise<void> {
  const room = await roomOf(folder);
  const limitMib = reservedMib(room, reserveMib);
  if (room.freeMib >= limitMib) return;
  throw noRoom("the disk is full: what is left is reserved for the mesh itself", room, limitMib);
}

/**
 * Calls `onFull` once when the folder's disk has less room than its reserve, until the returned
 * function is called. For writers that take no part in the check themselves, such as ffmpeg.
 */
export function watchRoom(folder: string, reserveMib: number, onFull: () => void): () => void {
  const timer = setInterval(async () => {
    const room = await roomOf(folder).catch(() => undefined);
    if (!room || room.freeMib >= reservedMib(room, reserveMib)) return;
    clearInterval(timer);
    onFull();
  }, WATCH_EVERY_MS);
  return () => clearInterval(timer);
}

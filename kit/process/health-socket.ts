/**
 * Says on a Unix socket whether a process serves. A health check asks every few seconds for years:
 * here it needs no Node, no certificate and no port, and an answer shows that the event loop runs.
 */
import { lstat, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { Log } from "../log.js";

export interface HealthSocket {
  setServing(serving: boolean): void;
  close(): Promise<void>;
}

/** For a process without such a socket. */
const NONE: HealthSocket = { setServing: () => {}, close: async () => {} };

/**
 * Listens at `path` and answers every connection with one line: SERVING or, before the first
 * `setServing`, NOT_SERVING. An empty path means no socket. A socket that a killed process left is
 * replaced, and no other file. Throws an error that names the setting where it cannot listen.
 */
export async function openHealthSocket(path: string, log: Log): Promise<HealthSocket> {
  if (path === "") return NONE;
  await removeSocket(path);
  let line = "NOT_SERVING\n";
  const server = createServer((socket) => {
    // Whoever asks may be gone before it has read.
    socket.on("error", () => {});
    socket.end(line);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(new Error(`DEPTHMESH_HEALTH_SOCKET: cannot listen at ${path}`, { cause })),
    );
    server.listen(path, resolve);
  });
  server.on("error", (error) => log.warn({ err: error }, "the health socket failed"));
  // It keeps no process alive that has nothing else to do.
  server.unref();
  return {
    setServing(serving) {
      line = serving ? "SERVING\n" : "NOT_SERVING\n";
    },
    // Closing removes the file too.
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function removeSocket(path: string): Promise<void> {
  // What cannot be looked at cannot be listened at either, which says why.
  const found = await lstat(path).catch(() => undefined);
  if (!found) return;
  if (!found.isSocket()) {
    throw new Error(`DEPTHMESH_HEALTH_SOCKET: ${path} is no socket, and is not replaced by one`);
  }
  await rm(path, { force: true });
}

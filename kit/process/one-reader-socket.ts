/** A Unix socket that gives bytes to the first process that connects, and to nobody else. */
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { Condition } from "../async/condition.js";
import { makeRunFolder } from "./run-folder.js";

/** Begins the names of the folders that hold the sockets. */
export const SOCKET_FOLDERS = "depthmesh-socket";

export class OneReaderSocket {
  readonly path: string;
  readonly #folder: string;
  readonly #server: Server;
  readonly #changed = new Condition();
  #socket: Socket | undefined;
  #isClosed = false;

  private constructor(server: Server, folder: string, path: string) {
    this.#server = server;
    this.#folder = folder;
    this.path = path;
    server.on("connection", (socket) => this.#connect(socket));
  }

  /** Listens in a folder of its own, which disappears when somebody has connected. */
  static async open(): Promise<OneReaderSocket> {
    const { folder, path } = await makeRunFolder(SOCKET_FOLDERS, "s");
    try {
      const server = createServer();
      const socket = new OneReaderSocket(server, folder, path);
      server.listen({ path, backlog: 1 });
      await once(server, "listening");
      // An accept that fails leaves nobody connected, which whoever waits for the reader notices.
      server.on("error", () => {});
      return socket;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /**
   * Waits for the reader, and until the kernel has all bytes: the memory of `bytes` may be used
   * again. False when the reader has closed the socket, or `close` was called.
   */
  async write(bytes: Uint8Array): Promise<boolean> {
    while (!this.#socket && !this.#isClosed) await this.#changed.wait();
    const socket = this.#socket;
    if (!socket || this.#isClosed) return false;
    return new Promise((resolve) => {
      // A view: nothing is copied before the kernel does.
      const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      // A write that a lost connection cuts off may end without an error: Node calls it destroyed.
      socket.write(view, (error) => resolve(!error && !socket.destroyed));
    });
  }

  /** No more bytes come. The reader still gets those that were written. */
  end(): void {
    this.#socket?.end();
  }

  /** Ends the connection, or the wait for one. */
  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
    this.#stopListening();
    this.#changed.notifyAll();
  }

  #connect(socket: Socket): void {
    if (this.#socket || this.#isClosed) {
      socket.destroy();
      return;
    }
    this.#socket = socket;
    // The reader sends nothing; reading tells at once that it has gone.
    socket.resume();
    // `write` gets the error too.
    socket.on("error", () => {});
    this.#stopListening();
    this.#changed.notifyAll();
  }

  #stopListening(): void {
    this.#server.close();
    rm(this.#folder, { recursive: true, force: true }).catch(() => {
      // The next start of a renderer removes it.
    });
  }
}

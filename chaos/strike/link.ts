/**
 * A TCP proxy that a fault can cut: it stalls, so that neither side notices, or it resets open
 * connections and refuses new ones.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

const LOOPBACK = "127.0.0.1";

export interface Target {
  readonly host: string;
  readonly port: number;
}

type State = "whole" | "stalled" | "refusing";

export class CuttableLink {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  /** Accepted while the link was stalled, and not yet connected to the target. */
  readonly #waiting = new Set<Socket>();
  #target: Target | undefined;
  #state: State = "whole";

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (near) => this.#accept(near));
  }

  static async open(): Promise<CuttableLink> {
    const server = createServer({ pauseOnConnect: true });
    const link = new CuttableLink(server);
    server.listen(0, LOOPBACK);
    await once(server, "listening");
    return link;
  }

  /** host:port on which the link accepts connections. */
  get address(): string {
    return `${LOOPBACK}:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Sets the target; before this the link refuses connections. */
  leadTo(target: Target): void {
    this.#target = target;
  }

  /** Stops carrying bytes. Connections stay open; new ones are accepted and wait. */
  stall(): void {
    this.#state = "stalled";
    for (const [near, far] of this.#pairs) {
      near.pause();
      far.pause();
    }
  }

  /** Resets open connections and refuses new ones. */
  reset(): void {
    this.#state = "refusing";
    for (const pair of this.#pairs) for (const socket of pair) resetSocket(socket);
  }

  /** Carries again what was held back, and accepts connections. */
  heal(): void {
    this.#state = "whole";
    for (const [near, far] of this.#pairs) {
      near.resume();
      far.resume();
    }
    for (const near of this.#waiting) this.#join(near);
    this.#waiting.clear();
  }

  async close(): Promise<void> {
    this.reset();
    for (const near of this.#waiting) near.destroy();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }

  #accept(near: Socket): void {
    near.on("error", () => near.destroy());
    if (this.#state === "refusing") resetSocket(near);
    else if (this.#state === "whole") this.#join(near);
    else {
      this.#waiting.add(near);
      near.once("close", () => this.#waiting.delete(near));
    }
  }

  #join(near: Socket): void {
    if (!this.#target) {
      resetSocket(near);
      return;
    }
    const far = connect({ ...this.#target, noDelay: true });
    near.setNoDelay(true);
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    carry(near, far);
    carry(far, near);
    far.on("error", () => resetSocket(near));
    far.once("close", () => {
      this.#pairs.delete(pair);
      near.destroy();
    });
    near.once("close", () => far.destroy());
    near.resume();
    if (this.#state === "stalled") {
      near.pause();
      far.pause();
    }
  }
}

/** Not `pipe`, which would resume a paused socket. */
function carry(from: Socket, to: Socket): void {
  from.on("data", (bytes) => {
    to.write(bytes);
  });
  from.on("end", () => to.end());
}

/**
 * Resets a connection at once. A socket whose own end has been sent is only closed: there
 * `resetAndDestroy` fails with EINVAL and never closes the handle, and the process waits for it in
 * a busy loop when it should exit (Node 20).
 */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** A TCP connection through this process that can be cut: stalled, so that nobody notices, or reset and refused. */
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
  /** Came while the link was stalled: connected to nothing yet. */
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

  /** Where its near end listens. */
  get address(): string {
    return `${LOOPBACK}:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where its far end is; before this is known the link refuses. */
  leadTo(target: Target): void {
    this.#target = target;
  }

  /** Carry nothing from now on; connections stay open, and new ones are accepted and wait. */
  stall(): void {
    this.#state = "stalled";
    for (const [near, far] of this.#pairs) {
      near.pause();
      far.pause();
    }
  }

  /** Reset what is open, and refuse what comes. */
  reset(): void {
    this.#state = "refusing";
    for (const pair of this.#pairs) for (const socket of pair) breakOff(socket);
  }

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
    if (this.#state === "refusing") breakOff(near);
    else if (this.#state === "whole") this.#join(near);
    else {
      this.#waiting.add(near);
      near.once("close", () => this.#waiting.delete(near));
    }
  }

  #join(near: Socket): void {
    if (!this.#target) {
      breakOff(near);
      return;
    }
    const far = connect({ ...this.#target, noDelay: true });
    near.setNoDelay(true);
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    carry(near, far);
    carry(far, near);
    far.on("error", () => breakOff(near));
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

/** By hand rather than by `pipe`, which would resume what was paused. */
function carry(from: Socket, to: Socket): void {
  from.on("data", (bytes) => {
    to.write(bytes);
  });
  from.on("end", () => to.end());
}

/**
 * Reset it, or close it where its own end is on its way: `resetAndDestroy` fails there with EINVAL, the handle is never closed, and
 * the process waits for it in a busy loop when it should exit (Node 20).
 */
export function breakOff(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

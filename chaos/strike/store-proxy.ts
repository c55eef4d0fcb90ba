/**
 * A proxy in front of an S3 store that can be away, slow, or answer errors. It passes requests on
 * as they are, so that their signatures hold.
 */
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { pause } from "../../kit/async/delay.js";
import type { StoreFault } from "../plan/fault.js";
import { resetSocket, type Target } from "./link.js";

const SLOW_MS = 1_200;
const ERROR = 500;
const ERROR_BODY =
  '<?xml version="1.0"?><Error><Code>InternalError</Code><Message>chaos</Message></Error>';
/** What happens to one request after another while the store answers errors. */
const ERRORS = ["refused", "performed and refused", "refused", "passed"] as const;

export class StoreProxy {
  readonly #server: Server;
  readonly #target: Target;
  readonly #sockets = new Set<Socket>();
  #how: StoreFault["how"] | undefined;
  #requests = 0;

  private constructor(server: Server, target: Target) {
    this.#server = server;
    this.#target = target;
    server.on("connection", (socket) => this.#accept(socket));
    server.on("request", (from, to) => void this.#answer(from, to));
  }

  static async open(target: Target): Promise<StoreProxy> {
    const proxy = new StoreProxy(createServer(), target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get target(): Target {
    return { host: "127.0.0.1", port: (this.#server.address() as AddressInfo).port };
  }

  strike(how: StoreFault["how"]): void {
    this.#how = how;
    if (how === "away") for (const socket of this.#sockets) resetSocket(socket);
  }

  heal(): void {
    this.#how = undefined;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    socket.on("error", () => socket.destroy());
    if (this.#how === "away") {
      resetSocket(socket);
      return;
    }
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  async #answer(from: IncomingMessage, to: ServerResponse): Promise<void> {
    from.on("error", () => {});
    to.on("error", () => {});
    if (this.#how === "slow") await pause(SLOW_MS);
    if (this.#how !== "errors") return this.#pass(from, to, "passed");
    this.#requests += 1;
    const fate = ERRORS[this.#requests % ERRORS.length] ?? "passed";
    if (fate !== "refused") return this.#pass(from, to, fate);
    from.resume();
    from.once("end", () => refuse(to));
  }

  #pass(from: IncomingMessage, to: ServerResponse, fate: (typeof ERRORS)[number]): void {
    const { expect: _answered, ...headers } = from.headers;
    const { method, url } = from;
    const upstream = request({ ...this.#target, method, path: url, headers });
    upstream.on("error", () => to.destroy());
    upstream.on("response", (answer) => {
      if (fate === "passed") {
        to.writeHead(answer.statusCode ?? ERROR, answer.headers);
        answer.on("error", () => to.destroy());
        answer.pipe(to);
      } else {
        answer.resume();
        answer.once("end", () => refuse(to));
      }
    });
    from.pipe(upstream);
    // A caller that goes away has its request broken off here, too.
    to.once("close", () => {
      if (!to.writableFinished) upstream.destroy();
    });
  }
}

function refuse(to: ServerResponse): void {
  to.writeHead(ERROR, { "content-type": "application/xml" });
  to.end(ERROR_BODY);
}

/** Receivers of webhooks on loopback: what came to each path, and how it is answered. */
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Webhook as Verifier } from "standardwebhooks";
import { collect } from "../../kit/rpc/chunks.js";
import type { Webhook } from "../../proto/gen/depthmesh/v1/webhook_service.js";
import { eventually } from "../eventually.js";
import { LOOPBACK_CERTIFICATE } from "../loopback-certificate.js";

export interface Message {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = (response: ServerResponse) => void;

/** An answer without content. */
export const status =
  (code: number): Answer =>
  (response) =>
    void response.writeHead(code).end();

/** The message's content, if the library accepts its signature. */
export function verified({ secret }: Webhook, { body, headers }: Message): Record<string, unknown> {
  const signed = headers as Record<string, string>;
  return new Verifier(secret).verify(body, signed) as Record<string, unknown>;
}

export class Receivers {
  readonly #messages: Message[] = [];
  readonly #answers = new Map<string, Answer>();
  readonly #servers = {
    http: createServer(),
    https: createTlsServer(LOOPBACK_CERTIFICATE) as Server,
  };

  /** One server speaks HTTP, and one HTTPS with `LOOPBACK_CERTIFICATE`. */
  static async open(): Promise<Receivers> {
    const receivers = new Receivers();
    for (const server of Object.values(receivers.#servers)) {
      server.on("request", (request, response) => {
        void collect(request).then((bytes) => {
          const { url: path = "", headers } = request;
          receivers.#messages.push({ path, headers, body: Buffer.from(bytes).toString() });
          (receivers.#answers.get(path) ?? status(204))(response);
        });
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    return receivers;
  }

  url(path: string, scheme: "http" | "https" = "http"): string {
    const { port } = this.#servers[scheme].address() as AddressInfo;
    return `${scheme}://127.0.0.1:${port}${path}`;
  }

  /** How messages to the path are answered from now on; 204 No Content by default. */
  answer(path: string, answer: Answer): void {
    this.#answers.set(path, answer);
  }

  received(path: string): Message[] {
    return this.#messages.filter((message) => message.path === path);
  }

  /** The messages to the path when there are at least `count`. */
  untilReceived(path: string, count: number, withinMs = 30_000): Promise<Message[]> {
    const enough = () => this.received(path).length >= count && this.received(path);
    return eventually(`${count} messages at ${path}`, enough, withinMs);
  }

  close(): void {
    for (const server of Object.values(this.#servers)) {
      server.closeAllConnections();
      server.close();
    }
  }
}

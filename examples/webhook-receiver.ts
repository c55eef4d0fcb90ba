/**
 * A receiver of webhooks: checks the signature of each message, and prints which job has ended. It
 * needs nothing of depthmesh; a library of Standard Webhooks exists for most languages.
 *
 *     depthmesh webhooks create http://127.0.0.1:8080/ --every-job > secret.txt
 *     node dist/examples/webhook-receiver.js secret.txt [PORT]
 *
 * A mesh sends to public https addresses only, unless it is started so:
 *
 *     DEPTHMESH_WEBHOOK_ALLOW=127.0.0.0/8 DEPTHMESH_WEBHOOK_ALLOW_HTTP=yes depthmesh up
 */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

const [secretFile = "", port = "8080"] = process.argv.slice(2);
if (secretFile === "") throw new Error("usage: webhook-receiver SECRET_FILE [PORT]");

/** A message is smaller; whoever sends more is no mesh. */
const MAX_BYTES = 64 * 1024;
/** Ids of messages that were handled. Keep yours as long as messages are sent again: a day. */
const handled = new Set<string>();

interface JobEnded {
  readonly type: string;
  readonly data: { readonly job: string; readonly error?: { readonly reason: string } };
}

/** Undefined if the body is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The status of the answer. */
async function receive(request: IncomingMessage): Promise<number> {
  const body = await bodyOf(request);
  if (body === undefined) return 413;
  const id = String(request.headers["webhook-id"]);
  // Read each time, so that the server can be started before the webhook is made.
  const webhook = new Webhook(readFileSync(secretFile, "utf8").trim());
  let message: JobEnded;
  try {
    // Checks the signature, and that the message is not older than five minutes.
    message = webhook.verify(body, request.headers as Record<string, string>) as JobEnded;
  } catch {
    return 401;
  }
  // An answer may get lost: then the same message comes again.
  const { job, error } = message.data;
  if (!handled.has(id)) console.log(message.type, job, error?.reason ?? "");
  handled.add(id);
  return 204;
}

const server = createServer((request, response) => {
  receive(request).then(
    (status) => response.writeHead(status).end(),
    () => response.writeHead(500).end(),
  );
});
server.listen(Number(port), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

/** Sends bytes to an HTTP server as they are, also such as no client would send. */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface RawReply {
  /** Of the first answer; 0 if there is none. */
  readonly status: number;
  /** Names in lower case; of a repeated name the last value. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** All that the server has sent. */
  readonly text: string;
  /** Whether the server has closed the connection within the time. */
  readonly isClosed: boolean;
}

const WAIT_MS = 5_000;

/** Sends `parts` one after the other, and reads until the server closes or the time is over. */
export async function rawHttp(
  port: number,
  parts: string | Iterable<string | Buffer>,
  waitMs = WAIT_MS,
): Promise<RawReply> {
  const socket = connect(port, "127.0.0.1");
  const received: Buffer[] = [];
  socket.on("data", (bytes) => received.push(bytes));
  await once(socket, "connect");
  // A server that refuses a body closes while it is being sent, which is no failure here.
  socket.on("error", () => {});
  const closed = new Promise<true>((resolve) => socket.once("close", () => resolve(true)));
  for (const part of typeof parts === "string" ? [inLatin1(parts)] : parts) {
    if (socket.destroyed) break;
    if (socket.write(part)) continue;
    const drained = new Promise((resolve) => socket.once("drain", resolve));
    await Promise.race([drained, closed, delay(waitMs)]);
  }
  const isClosed = await Promise.race([closed, delay(waitMs, false)]);
  socket.destroy();
  return { ...parsed(Buffer.concat(received).toString()), isClosed };
}

function inLatin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

function parsed(text: string): Omit<RawReply, "isClosed"> {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, Math.max(end, 0)).split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0),
    headers: new Map(headers),
    body: text.slice(end + 4),
    text,
  };
}

/** Requests on a connection of their own, for callers that stop, drip or never read. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface RawRequest {
  readonly socket: Socket;
  /** What has come back so far. */
  readonly answer: { text: string };
}

/** Sends the head of a request. `lines` are headers. */
export async function beginRequest(
  address: string,
  line: string,
  lines: readonly string[] = [],
): Promise<RawRequest> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  // A connection that is cut while it is written to.
  socket.on("error", () => {});
  const answer = { text: "" };
  socket.on("data", (bytes) => {
    answer.text += bytes.toString("latin1");
  });
  socket.write(
    `${[`${line} HTTP/1.1`, `host: ${hostname}:${port}`, ...lines].join("\r\n")}\r\n\r\n`,
  );
  return { socket, answer };
}

/** The same, of a caller that never reads. */
export async function neverRead(address: string, line: string): Promise<Socket> {
  const { socket } = await beginRequest(address, line);
  socket.removeAllListeners("data");
  socket.pause();
  return socket;
}

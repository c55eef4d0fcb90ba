/** Strangers who open connections and hardly use them. */
import { connect, type Socket } from "node:net";
import { pause } from "../../kit/async/delay.js";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const FRAME_HEADER_BYTES = 9;
const SETTINGS = 4;
const HEADERS = 1;
const DRIP_MS = 1_000;
/** As many again as there are may be opened in place of those that the server has closed. */
const REOPENED = 4;
const REOPEN_MS = 500;
const DECLARED_BYTES = 16_000;

/** The 9 bytes before the payload of a frame of HTTP/2. */
function frameHeader(length: number, type: number, stream: number): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUIntBE(length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt32BE(stream, 5);
  return header;
}

export const HELLO = Buffer.concat([PREFACE, frameHeader(0, SETTINGS, 0)]);
/** A call whose headers are announced and do not come. */
const BEGUN_CALL = Buffer.concat([HELLO, frameHeader(DECLARED_BYTES, HEADERS, 1)]);

type Begin = (socket: Socket) => void;

export const sayNothing: Begin = () => {};
export const sayHello: Begin = (socket) => {
  socket.write(HELLO);
};

/** Byte by byte: half of them the preface, half of them the headers of a call. */
export function drip(index: number): Begin {
  const bytes = index % 2 === 0 ? HELLO : Buffer.concat([BEGUN_CALL, Buffer.alloc(DECLARED_BYTES)]);
  const ahead = index % 2 === 0 ? 1 : BEGUN_CALL.length;
  return (socket) => {
    let at = ahead;
    socket.write(bytes.subarray(0, ahead));
    const timer = setInterval(() => {
      socket.write(bytes.subarray(at, at + 1));
      at += 1;
    }, DRIP_MS);
    socket.once("close", () => clearInterval(timer));
  };
}

/** Opens `count` connections and replaces those that the server closes. Resolves when all were. */
export async function openMany(
  address: string,
  count: number,
  beginOf: (index: number) => Begin,
): Promise<void> {
  const [host, port] = address.split(":");
  let left = count * REOPENED;
  const open = (index: number): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(Number(port), host);
      socket.once("connect", () => {
        resolve();
        beginOf(index)(socket);
      });
      socket.on("error", () => {
        // A refused connection is an answer too.
      });
      socket.once("close", async () => {
        resolve();
        left -= 1;
        await pause(REOPEN_MS);
        if (left > 0) void open(index);
      });
      socket.resume();
    });
  await Promise.all(Array.from({ length: count }, (_, index) => open(index)));
}

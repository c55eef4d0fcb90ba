/** Calls of any method with any bytes, whose statuses are seen as they arrive. */
import { type Client, type Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { DETAILS_KEY } from "../../kit/rpc/status.js";
import type { ErrorInfo } from "../../proto/gen/google/rpc/error_details.js";
import { ErrorInfo as ErrorInfoCodec } from "../../proto/gen/google/rpc/error_details.js";
import { Status } from "../../proto/gen/google/rpc/status.js";

export interface RawAnswer {
  /** OK as soon as a message arrives. */
  readonly code: status;
  readonly message: string;
  /** Of a status that has one. */
  readonly info: ErrorInfo | undefined;
  /** All texts of the status. */
  readonly texts: readonly string[];
}

const raw = (bytes: Buffer) => bytes;

/** Sends the messages, and ends the call with its first answer. */
export function rawCall(
  client: Client,
  path: string,
  messages: readonly Uint8Array[],
  metadata: Metadata,
  timeoutMs: number,
): Promise<RawAnswer> {
  const deadline = Date.now() + timeoutMs;
  const call = client.makeBidiStreamRequest(path, raw, raw, metadata, { deadline });
  return new Promise((resolve) => {
    call.on("error", () => {
      // The status tells it too.
    });
    call.once("data", () => {
      resolve({ code: status.OK, message: "", info: undefined, texts: [] });
      call.cancel();
    });
    call.on("status", (ended: StatusObject) => resolve(answerOf(ended)));
    for (const message of messages) call.write(Buffer.from(message));
    call.end();
  });
}

function answerOf({ code, details, metadata }: StatusObject): RawAnswer {
  const [packed] = metadata.get(DETAILS_KEY);
  const rich = Buffer.isBuffer(packed) ? Status.decode(packed) : undefined;
  const found = rich?.details.find(({ typeUrl }) => typeUrl.endsWith("google.rpc.ErrorInfo"));
  const info = found && ErrorInfoCodec.decode(found.value);
  const texts = [details, ...(rich ? [rich.message] : []), ...Object.values(info?.metadata ?? {})];
  return { code, message: details, info, texts };
}

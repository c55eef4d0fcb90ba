/** Calls of any method with any bytes, whose statuses are seen as they arrive. */
import { type Client, type Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { DETAILS_KEY } from "../../kit/rpc/status.js";
import { ErrorInfo } from "../../proto/gen/google/rpc/error_details.js";
import { Status } from "../../proto/gen/google/rpc/status.js";

export interface RawAnswer {
  /** OK as soon as a message arrives. */
  readonly code: status;
  readonly message: string;
  /** Of a status that has one. */
  readonly info: ErrorInfo | undefined;
  /** All texts of the status. */
  readonly texts: readonly string[];
  /** The first message. */
  readonly bytes: Buffer | undefined;
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
    call.once("data", (bytes: Buffer) => {
      resolve({ code: status.OK, message: "", info: undefined, texts: [], bytes });
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
  const answer = answerOfStatus(code, rich ?? Status.fromPartial({ code, message: details }));
  return { ...answer, message: details, texts: [details, ...answer.texts] };
}

/** An error as it stands in a response. */
export function answerOfStatus(code: status, { message, details }: Status): RawAnswer {
  const found = details.find(({ typeUrl }) => typeUrl.endsWith("google.rpc.ErrorInfo"));
  const info = found && ErrorInfo.decode(found.value);
  const texts = [message, ...Object.values(info?.metadata ?? {})];
  return { code, message, info, texts, bytes: undefined };
}

/**
 * Decides whether the frames of a pull go by a socket (docs/decisions/0045-frames-by-socket.md).
 */
import { DepthmeshError } from "../../core/errors.js";
import type { Log } from "../../kit/log.js";
import { type HostIdentity, hostIdentity, isSameHost } from "../../kit/process/host-identity.js";
import { OneReaderSocket } from "../../kit/process/one-reader-socket.js";
import type { FramesBy } from "../../pipeline/settings.js";

export interface SocketOffer {
  readonly framesBy: FramesBy;
  readonly log: Pick<Log, "warn">;
}

/**
 * A socket for a reader on this host. Undefined: the frames go in bands. Throws FRAMES_NOT_LOCAL
 * where the setting allows only a socket and none is possible.
 */
export async function offerSocket(
  { framesBy, log }: SocketOffer,
  reader: HostIdentity | undefined,
): Promise<OneReaderSocket | undefined> {
  if (framesBy === "grpc") return undefined;
  const why = whyApart(reader);
  if (why !== undefined) {
    if (framesBy === "socket") throw framesNotLocal(why);
    return undefined;
  }
  try {
    return await OneReaderSocket.open();
  } catch (error) {
    if (framesBy === "socket") throw framesNotLocal("the renderer cannot open a socket", error);
    log.warn({ err: error }, "no socket for frames: they go by gRPC, which costs processor time");
    return undefined;
  }
}

function whyApart(reader: HostIdentity | undefined): string | undefined {
  if (!reader) return "the encoder reads no socket";
  const own = hostIdentity();
  if (!own) return "the renderer does not know its host, because /proc does not tell it";
  return isSameHost(own, reader)
    ? undefined
    : "the encoder runs on another host, in another container, or as another user";
}

function framesNotLocal(why: string, cause?: unknown): DepthmeshError {
  const message = `${why}: set DEPTHMESH_FRAMES_BY of the render service to auto`;
  return new DepthmeshError("FRAMES_NOT_LOCAL", message, { cause });
}

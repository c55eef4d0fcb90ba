/** A file that is uploaded in parts, and goes on where a broken connection has left it. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Reason } from "../core/error-reasons.js";
import { DepthmeshError, rangeError } from "../core/errors.js";
import { FILE_CHUNK_BYTES } from "../kit/rpc/chunks.js";
import { Patience, type PatienceOptions } from "../kit/rpc/patience.js";
import {
  type Upload,
  UploadServiceService,
  type WriteUploadRequest,
} from "../proto/gen/depthmesh/v1/upload_service.js";
import type { DepthmeshClient } from "./client.js";
import { crc32c } from "./crc32c.js";

export interface UploadOptions extends PatienceOptions {
  /** `uploads/<id>`: one that was begun earlier, to go on with; a new one by default. */
  readonly upload?: string | undefined;
  /** Creates one upload only, however often it is called within 24 hours. */
  readonly requestId?: string | undefined;
  /** How many bytes one call writes; 16 MiB by default. What a call has written is durable. */
  readonly partBytes?: number | undefined;
  /** Called with the upload when it exists, and after each part; awaited. */
  readonly onProgress?: (upload: Upload) => void | Promise<void>;
}

const PART_BYTES = 16 * 1024 * 1024;

/**
 * The bytes that arrived were damaged on their way, or another call has written meanwhile: asking
 * where the server stands and sending once more helps, unless it happens again and again.
 */
const HELPED_BY_RESENDING: ReadonlySet<Reason> = new Set<Reason>([
  "UPLOAD_CHECKSUM_MISMATCH",
  "UPLOAD_OFFSET_MISMATCH",
]);
const RESENDS = 3;

/**
 * The finished upload of a file, whose name CreateJob takes in place of the bytes. Its SHA-256 is
 * compared. Throws DepthmeshError, such as UPLOAD_TOO_LARGE, UPLOAD_NOT_FOUND for an upload that
 * has expired, or UPLOAD_INCOMPLETE for a file that becomes shorter meanwhile.
 */
export async function uploadFile(
  client: DepthmeshClient,
  path: string,
  { requestId = "", partBytes = PART_BYTES, onProgress = () => {}, ...options }: UploadOptions = {},
): Promise<Upload> {
  if (!(partBytes >= 1)) throw rangeError("partBytes", partBytes, { minimum: 1 });
  const { size } = await stat(path);
  const patience = new Patience(options);
  const { signal } = options;
  let name = options.upload ?? "";
  let resends = 0;
  const hash = sha256Of(path);
  // It is awaited later; until then its failure is nobody's.
  hash.catch(() => {});
  for (;;) {
    try {
      let upload = await (name === ""
        ? client.call(UploadServiceService.createUpload, { sizeBytes: size, requestId }, { signal })
        : client.call(UploadServiceService.getUpload, { name }, { signal }));
      name = upload.name;
      patience.answered();
      await onProgress(upload);
      while (!upload.finished) {
        const offset = upload.committedSizeBytes;
        const end = Math.min(offset + partBytes, size);
        const sha256 = end === size ? await hash : undefined;
        upload = await client.channel.clientStream(
          UploadServiceService.writeUpload,
          part(path, name, offset, end, sha256),
          { signal },
        );
        patience.answered();
        resends = 0;
        if (!upload.finished && upload.committedSizeBytes === offset) {
          throw new DepthmeshError(
            "UPLOAD_INCOMPLETE",
            `${path} ends at byte ${offset}, but had ${size} bytes when its upload began; send it again when nobody writes it`,
          );
        }
        await onProgress(upload);
      }
      return upload;
    } catch (error) {
      if (!(error instanceof DepthmeshError)) throw error;
      if (!HELPED_BY_RESENDING.has(error.reason) || ++resends > RESENDS)
        await patience.after(error);
    }
  }
}

/** The messages of one call: the bytes from `offset` to `end`, and the end of the file. */
async function* part(
  path: string,
  name: string,
  offset: number,
  end: number,
  sha256: string | undefined,
): AsyncGenerator<WriteUploadRequest> {
  yield { kind: { $case: "header", value: { name, offset } } };
  if (end > offset) {
    const range = { start: offset, end: end - 1, highWaterMark: FILE_CHUNK_BYTES };
    for await (const data of createReadStream(path, range)) {
      yield { kind: { $case: "data", value: { data, crc32c: crc32c(data) } } };
    }
  }
  if (sha256 !== undefined) yield { kind: { $case: "finish", value: { sha256 } } };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

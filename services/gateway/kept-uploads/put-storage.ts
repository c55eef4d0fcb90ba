/**
 * Files that callers send to the store themselves, at signed addresses: the objects `puts/{id}`,
 * one of each upload. Nothing is believed of them before the gateway has read them.
 */
import { DepthmeshError, toDepthmeshError } from "../../../core/errors.js";
import type { DeclaredFile, ObjectStore, SignedPut } from "../../../kit/blobs/object-store.js";
import type { BlobFacts, BlobStore } from "../../../kit/blobs/store.js";

export const PUTS = "puts/";
export const putKey = (id: string) => `${PUTS}${id}`;

export interface PutStorage {
  /** Where the store takes the file of an upload. Throws STORAGE_UNAVAILABLE. */
  address(id: string, declared: DeclaredFile): Promise<SignedPut>;
  /**
   * Makes what has come there a blob, if it is what was declared. Throws UPLOAD_INCOMPLETE if
   * nothing has come, UPLOAD_CHECKSUM_MISMATCH.
   */
  toBlob(id: string, declared: DeclaredFile): Promise<void>;
}

type Blobs = Pick<BlobStore, "takeObject"> & { readonly objects: Pick<ObjectStore, "putUrl"> };

/** Undefined where the store takes no files of callers. */
export function putsOf(blobs: Blobs): PutStorage | undefined {
  const { objects } = blobs;
  if (!blobs.takeObject || !objects.putUrl) return undefined;
  return {
    address: async (id, declared) => {
      const signed = await objects.putUrl?.(putKey(id), declared);
      if (signed) return signed;
      throw addressUnavailable();
    },
    toBlob: async (id, declared) => {
      try {
        await blobs.takeObject?.(putKey(id), (actual) => assertDeclared(declared, actual));
      } catch (error) {
        throw toDepthmeshError(error).reason === "BLOB_NOT_FOUND" ? nothingCame() : error;
      }
    },
  };
}

export function addressUnavailable(): DepthmeshError {
  const message =
    "the files of this mesh do not lie in S3, so it has no address for a PUT: send the bytes with WriteUpload";
  return new DepthmeshError("UPLOAD_ADDRESS_UNAVAILABLE", message, {
    metadata: { field: "put_sha256" },
  });
}

function nothingCame(): DepthmeshError {
  const message = "nothing has come to the address of this upload: PUT the file there, then finish";
  return new DepthmeshError("UPLOAD_INCOMPLETE", message, {
    metadata: { committed_size_bytes: "0" },
  });
}

function assertDeclared(declared: DeclaredFile, actual: BlobFacts): void {
  if (declared.sha256 === actual.sha256 && declared.sizeBytes === actual.sizeBytes) return;
  const what =
    declared.sizeBytes === actual.sizeBytes
      ? "does not have the SHA-256 that was declared"
      : `has ${actual.sizeBytes} bytes, but ${declared.sizeBytes} were declared`;
  const message = `the file that has come ${what}; the upload has ended: begin another one`;
  throw new DepthmeshError("UPLOAD_CHECKSUM_MISMATCH", message, {
    metadata: {
      ...{ expected_sha256: declared.sha256, actual_sha256: actual.sha256 },
      ...{ size_bytes: String(declared.sizeBytes), actual_size_bytes: String(actual.sizeBytes) },
    },
  });
}

/** Whether an error says that what has come to an address is not what was declared. */
export function isOtherFile(error: unknown): boolean {
  if (!(error instanceof DepthmeshError)) return false;
  const { reason, metadata } = error;
  return reason === "UPLOAD_CHECKSUM_MISMATCH" && metadata.actual_size_bytes !== undefined;
}

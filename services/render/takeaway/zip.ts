/** A zip archive of files in memory. Equal files give equal bytes. */
import ZipStream from "zip-stream";
import { collect } from "../../../kit/rpc/chunks.js";

export interface ZippedFile {
  readonly name: string;
  readonly bytes: Uint8Array | string;
  /** Whether it gets smaller; pictures do not. */
  readonly isCompressed?: boolean;
}

/** The files in this order, without owner and time. */
export async function zipped(files: readonly ZippedFile[]): Promise<Uint8Array> {
  const archive = new ZipStream();
  const whole = collect(archive as AsyncIterable<Uint8Array>);
  // The earliest time that a zip can store.
  const facts = { date: new Date(Date.UTC(1980, 0, 1)), mode: 0o644 };
  for (const { name, bytes, isCompressed = false } of files) {
    await new Promise<void>((resolve, reject) => {
      const entry = { ...facts, name, store: !isCompressed };
      archive.entry(Buffer.from(bytes as Uint8Array), entry, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }
  archive.finalize();
  return whole;
}

/** An artifact over broken connections. */
import { DepthmeshError } from "../core/errors.js";
import { Patience, type PatienceOptions } from "../kit/rpc/patience.js";
import type { Artifact } from "../proto/gen/depthmesh/v1/job.js";
import type { DepthmeshClient, ReadOptions } from "./client.js";

interface ReadArtifact {
  readonly artifact: Artifact;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * As `client.readArtifact`, of all its bytes: a call that breaks goes on at the byte where it
 * broke, at another gateway if the client knows several. Throws DepthmeshError, such as
 * STREAM_RESTARTED for one that was made anew meanwhile, and the signal's reason when it fires.
 */
export async function readArtifact(
  client: Pick<DepthmeshClient, "readArtifact">,
  name: string,
  options: PatienceOptions = {},
): Promise<ReadArtifact> {
  const patience = new Patience(options);
  const { signal } = options;
  const open = async (offset: number): Promise<ReadArtifact> => {
    for (;;) {
      try {
        const read: ReadOptions = { offset, signal };
        return await client.readArtifact(name, read);
      } catch (error) {
        await patience.after(lossIn(error));
      }
    }
  };
  const { artifact, chunks: first } = await open(0);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    let offset = 0;
    let source = first;
    for (;;) {
      try {
        for await (const bytes of source) {
          patience.answered();
          offset += bytes.length;
          yield bytes;
        }
        return;
      } catch (error) {
        await patience.after(lossIn(error));
      }
      const again = await open(offset);
      if (again.artifact.sha256 !== artifact.sha256) throw madeAnew(name);
      source = again.chunks;
    }
  }
  return { artifact, chunks: chunks() };
}

function madeAnew(artifact: string): DepthmeshError {
  const message = "the artifact was made anew while it was read: its bytes are others now";
  return new DepthmeshError("STREAM_RESTARTED", message, { metadata: { artifact } });
}

function lossIn(error: unknown): DepthmeshError {
  if (error instanceof DepthmeshError) return error;
  throw error;
}

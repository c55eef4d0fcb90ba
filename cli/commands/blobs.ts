/** `depthmesh blobs`: moves the files of a mesh from one kind of store to another. */
import type { Command } from "commander";
import { DepthmeshError } from "../../core/errors.js";
import { sizeText } from "../../core/quantity-text.js";
import { type CopyCounts, copyBlobs } from "../../kit/blobs/copy-blobs.js";
import { createLog } from "../../kit/log.js";
import {
  type BlobLocation,
  LOCATION_HELP,
  openBlobLocation,
  parseBlobLocation,
} from "../blob-location.js";
import { exampleLines } from "../help.js";
import { interruptibly } from "../interrupt.js";
import { JSON_HELP, print, printJson } from "../print.js";

interface CopyFlags {
  readonly from: BlobLocation;
  readonly to: BlobLocation;
  readonly json?: boolean;
}

const SAY_EVERY_MS = 2_000;
/** More are counted, and listed with --json. */
const MAX_FAILED_LINES = 20;

const EXAMPLES = [
  [
    "depthmesh blobs copy --from file:.depthmesh/blobs --to s3",
    "a folder into DEPTHMESH_S3_BUCKET",
  ],
  ["depthmesh blobs copy --from s3:videos/mesh/ --to nats", "from one shared store to another"],
] as const;

export function addBlobs(program: Command): void {
  const blobs = program.command("blobs").description("copy the files of jobs to another store");
  blobs
    .command("copy")
    .description("copy all blobs that the other store does not have; their hashes are checked")
    .requiredOption("--from <place>", LOCATION_HELP, parseBlobLocation)
    .requiredOption("--to <place>", LOCATION_HELP, parseBlobLocation)
    .option("--json", JSON_HELP)
    .addHelpText(
      "after",
      `
The stores are reached as the gateway reaches them: with DEPTHMESH_S3_… and DEPTHMESH_NATS_URL.
Copy once while the mesh works, stop its gateways, copy again, and start them with the other store.
Unfinished uploads and what lies in quarantine are not copied.

Examples:
${exampleLines(EXAMPLES)}`,
    )
    .action(copy);
}

async function copy({ from, to, json }: CopyFlags): Promise<void> {
  const log = createLog("warn", { service: "blobs", worker: "copy" });
  await interruptibly(async (signal) => {
    const source = await openBlobLocation(from, log, "read");
    const target = await openBlobLocation(to, log, "write");
    try {
      let saidAtMs = performance.now();
      const counts = await copyBlobs({
        ...{ from: source.blobs, to: target.blobs, signal },
        onProgress: (soFar) => {
          if (json || performance.now() - saidAtMs < SAY_EVERY_MS) return;
          saidAtMs = performance.now();
          process.stderr.write(`${progressLine(soFar)}\n`);
        },
      });
      if (json) printJson(counts);
      else report(counts);
      if (counts.failed.length > 0) throw incomplete(counts);
    } finally {
      await source.close();
      await target.close();
    }
  });
}

const progressLine = ({ blobs, copied, skipped, copiedBytes }: CopyCounts) =>
  `${copied + skipped} of ${blobs}, ${sizeText(copiedBytes)} copied, ${skipped} were there`;

function report(counts: CopyCounts): void {
  print(progressLine(counts));
  for (const { sha256, reason } of counts.failed.slice(0, MAX_FAILED_LINES)) {
    print(`not copied: ${sha256}  ${reason}`);
  }
}

function incomplete({ failed, blobs }: CopyCounts): DepthmeshError {
  const message = `${failed.length} of ${blobs} blobs were not copied: they are damaged or gone`;
  return new DepthmeshError("BLOB_CORRUPT", message);
}

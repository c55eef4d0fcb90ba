/**
 * An S3 store for tests: OpenStack Swift on a free port of the loopback, in a folder of its own. It
 * starts within two seconds; scripts/setup --servers installs it.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { packagePath } from "../../kit/process/package-path.js";

/** Debian's, for which Swift is packaged; another one on the PATH does not find it. */
const PYTHON = "/usr/bin/python3";
const S3_API = "/usr/lib/python3/dist-packages/swift/common/middleware/s3api";
const SCRIPT = packagePath("testing", "servers", "swift-in-one-process.py");
const ACCESS_KEY = "test:tester";
const SECRET_KEY = "testing";

/** Why tests that need Swift are skipped; false where it is installed. */
export const swiftIsMissing: string | false =
  existsSync(S3_API) && existsSync(PYTHON)
    ? false
    : "OpenStack Swift is not installed (scripts/setup --servers)";

export interface SwiftServer {
  readonly endpoint: string;
  readonly bucket: string;
  /** DEPTHMESH_ variables for a gateway. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends the process without a word, and keeps what is stored. */
  stop(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Stops it and removes everything. */
  close(): Promise<void>;
}

/** Starts a server that has one empty bucket. */
export async function startSwift(bucket = "blobs"): Promise<SwiftServer> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-swift-"));
  let running = await runSwift(folder, 0);
  const { port } = running;
  const endpoint = `http://127.0.0.1:${port}`;
  await makeBucket(endpoint, bucket);
  const stop = () => running.stop();
  return {
    endpoint,
    bucket,
    environment: {
      DEPTHMESH_BLOB_STORE: "s3",
      DEPTHMESH_S3_ENDPOINT: endpoint,
      DEPTHMESH_S3_BUCKET: bucket,
      DEPTHMESH_S3_ACCESS_KEY_ID: ACCESS_KEY,
      DEPTHMESH_S3_SECRET_ACCESS_KEY: SECRET_KEY,
    },
    stop,
    start: async () => {
      running = await runSwift(folder, port);
    },
    close: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function runSwift(folder: string, port: number) {
  const parameters = [SCRIPT, folder, String(port), ACCESS_KEY, SECRET_KEY];
  const child = spawn(PYTHON, parameters, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (text) => {
    said = `${said}${text}`.slice(-4_000);
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, actual] = line.split(" ");
    if (word !== "ready") continue;
    const stop = async () => {
      child.kill("SIGKILL");
      await ended;
    };
    return { port: Number(actual), stop };
  }
  throw new Error(`Swift did not start:\n${said}`);
}

async function makeBucket(endpoint: string, bucket: string): Promise<void> {
  const credentials = { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY };
  const options = { endpoint, region: "us-east-1", forcePathStyle: true, credentials };
  const client = new S3Client(options);
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
}

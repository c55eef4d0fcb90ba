/**
 * Starts a mesh with its web service, makes a job and uploads that requests can name, and runs
 * schemathesis against the description that the service gives of itself. `scripts/http-fuzz` is its
 * command line.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { packagePath } from "../../kit/process/package-path.js";
import type { JobJson } from "../../proto/gen/json/depthmesh/v1/job_pb.js";
import { SAMPLE, startFixture } from "../../testing/mesh/fixture.js";
import { CHECKS, fuzzSettings, type Known } from "./settings.js";

/** Where schemathesis leaves what it has found. */
const FOLDER = packagePath("out", "http-fuzz");
const SETTINGS = join(FOLDER, "schemathesis.toml");
/** Time for what a run does besides sending: reading the document, writing its report. */
const GRACE_SECONDS = 60;

const { values, positionals } = parseArgs({
  options: {
    seconds: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
  },
  allowPositionals: true,
});
const [program] = positionals;
if (!program) throw new Error("usage: main.js SCHEMATHESIS [--seconds N] [--seed N]");

const fixture = await startFixture({ webPort: 0 });
try {
  await writeFile(SETTINGS, fuzzSettings(await makeKnown(fixture.mesh.webAddress)));
  process.exitCode = await run(program, fixture.mesh.webAddress);
} finally {
  await fixture.close();
}

/** A job whose files can be read, and a finished upload. Both are small. */
async function makeKnown(web: string): Promise<Known> {
  const photo = Uint8Array.from(await readFile(SAMPLE));
  const upload = await answer(`${web}/v1/uploads`, { method: "POST", body: photo });
  const header = {
    photoUpload: upload.name,
    spec: {
      clip: { longestSide: 320 },
      artifacts: ["ARTIFACT_KIND_POSTER", "ARTIFACT_KIND_DEPTH"],
    },
  };
  const created = await answer(`${web}/v1/jobs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(header),
  });
  // The answer ends with the job.
  await (await fetch(`${web}/v1/${created.name}/events`)).text();
  const { name, artifacts = [] } = await answer(`${web}/v1/${created.name}`);
  return {
    jobs: [idOf(name)],
    artifacts: artifacts.map((each) => idOf(each.name ?? "")),
    uploads: [idOf(upload.name)],
  };
}

async function answer(url: string, init: RequestInit = {}): Promise<JobJson & { name: string }> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as JobJson & { name: string };
}

function idOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** Resolves with the exit status of schemathesis: 0 if every answer was as described. */
async function run(command: string, address: string): Promise<number> {
  const seconds = Number(values.seconds);
  const args = [
    ...["--no-color", "--config-file", SETTINGS, "run", `${address}/openapi.json`],
    ...["--checks", CHECKS.join(","), "--phases", "examples,coverage,fuzzing"],
    ...["--max-examples", "25", "--max-time", values.seconds, "--seed", values.seed],
    ...["--continue-on-failure", "--no-shrink", "--generation-database", "none"],
    ...["--request-timeout", "30", "--warnings", "off"],
  ];
  const child = spawn(resolve(command), args, {
    cwd: FOLDER,
    stdio: "inherit",
    signal: AbortSignal.timeout((seconds + GRACE_SECONDS) * 1000),
  });
  const [status] = (await once(child, "exit")) as [number | null];
  return status ?? 1;
}

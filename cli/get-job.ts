/** `depthmesh jobs get`: waits for a job and downloads what it has made. */
import { existsSync } from "node:fs";
import { extname } from "node:path";
import { DepthmeshError } from "../core/errors.js";
import type { Artifact, Job } from "../proto/gen/depthmesh/v1/job.js";
import { type Connection, jobId } from "./connect.js";
import { isInterruption } from "./convert-one.js";
import { assertOutputsWritable } from "./files.js";
import { artifactFile, describe, download, fileFor } from "./job-files.js";
import { artifactJson } from "./job-json.js";
import { isFolder } from "./output-names.js";
import { print, printJson, showNotes } from "./print.js";
import { progressView } from "./progress.js";
import { follow } from "./run-job.js";

interface GetOptions {
  readonly output?: string;
  readonly json?: boolean;
}

/** Throws the job's error, and ARTIFACT_NOT_FOUND for a file that it has not made. */
export async function getJobFiles(
  { client, signal, isTemporary }: Connection,
  name: string,
  { output, json }: GetOptions,
): Promise<void> {
  const view = progressView();
  try {
    const job = await follow(client, name, signal, view.show);
    view.close();
    const named = filesOf(job, output);
    await assertOutputsWritable(
      named.map(([, path]) => path),
      [],
    );
    const written = [];
    for (const [artifact, path] of named) {
      written.push(await download(client, job, artifactFile(artifact), path, signal));
    }
    showNotes(job);
    if (json) {
      printJson(written.map(({ path, artifact }) => ({ path, ...artifactJson(artifact) })));
    } else {
      for (const { path, artifact } of written) print(`${path}: ${describe(artifact)}`);
    }
  } catch (error) {
    if (!isInterruption(error, signal)) throw error;
    const state = isTemporary ? "is kept" : "goes on";
    process.stderr.write(`interrupted: the job ${state}; depthmesh jobs get ${jobId(name)}\n`);
  } finally {
    view.close();
  }
}

/** Each artifact with the file that it is written to. */
function filesOf(job: Job, output: string | undefined): [Artifact, string][] {
  const { artifacts } = job;
  if (artifacts.length === 0) {
    throw new DepthmeshError("ARTIFACT_NOT_FOUND", "the job has made no files");
  }
  if (output === undefined || isFolder(output) || extname(output) === "") {
    return artifacts.map((artifact) => {
      const path = fileFor(job, artifact, output ?? ".");
      // The user has not named this file, so it could be any.
      if (output === undefined && existsSync(path)) {
        throw conflict(`${path} exists; to replace it, name the folder: -o .`);
      }
      return [artifact, path];
    });
  }
  const extension = extname(output).toLowerCase();
  const [found, ...others] = artifacts.filter((file) => extname(file.name) === extension);
  if (found && others.length === 0) return [[found, output]];
  const known = artifacts.map(artifactFile).join(" ");
  throw conflict(
    `the job has made ${known}; ${output} must name one of them by its extension, or a folder`,
  );
}

const conflict = (message: string) => new DepthmeshError("PARAMETER_CONFLICT", message);

/** A photo that becomes a video, from file to file. */
import { constants, open } from "node:fs/promises";
import type { Job, JobProgress } from "../proto/gen/depthmesh/v1/job.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import type { DepthmeshClient } from "./client.js";
import { type CreateOptions, type JobFiles, readFiles } from "./job-files.js";

/** Emptied, and each chunk is written at the end, whole: also after the file was emptied again. */
const FROM_EMPTY = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND;

export interface ConvertFileOptions extends CreateOptions {
  readonly requestId?: string | undefined;
  readonly onProgress?: (progress: JobProgress) => void;
}

/**
 * Converts the photo, and writes the video while it is rendered, so that it can be played
 * meanwhile. Resolves with the job. The signal cancels it. Throws DepthmeshError.
 */
export async function convertFile(
  client: DepthmeshClient,
  spec: JobSpec,
  files: JobFiles<string>,
  video: string,
  { requestId = "", onProgress = () => {}, signal, ...options }: ConvertFileOptions = {},
): Promise<Job> {
  const file = await open(video, FROM_EMPTY);
  let summary: Job | undefined;
  try {
    const responses = client.convert(spec, readFiles(files), signal, requestId, options);
    for await (const { kind } of responses) {
      if (kind?.$case === "progress") onProgress(kind.value);
      if (kind?.$case === "summary") summary = kind.value;
      if (kind?.$case === "streamStart") await file.truncate(0);
      if (kind?.$case === "chunk") await file.appendFile(kind.value);
    }
  } finally {
    await file.close();
  }
  if (!summary) throw new Error("the server sent no summary");
  return summary;
}

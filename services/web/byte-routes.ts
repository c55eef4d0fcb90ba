/** The routes whose bodies or answers are streams of bytes. */
import type { FastifyInstance } from "fastify";
import { cutEarlyAnswers } from "./body/early-answer.js";
import { expectContinue } from "./body/expect-continue.js";
import type { WebParts } from "./parts.js";
import { PhotoSource } from "./photo-url/photo-source.js";
import { addArtifactRoutes } from "./routes/artifacts.js";
import { addCreateJobRoute } from "./routes/create-job.js";
import { addJobEventRoute } from "./routes/job-events.js";
import { addUploadRoutes } from "./routes/uploads.js";
import { SizeLimits } from "./upstream/size-limits.js";

export function addByteRoutes(app: FastifyInstance, { gateway, config, requests }: WebParts): void {
  expectContinue(app);
  cutEarlyAnswers(app);
  const parts = {
    ...{ gateway, limits: new SizeLimits(gateway), photos: new PhotoSource(config) },
    ...{ bodyIdleMs: config.bodyIdleMs, closing: requests.endless },
  };
  for (const add of [addUploadRoutes, addCreateJobRoute, addArtifactRoutes, addJobEventRoute]) {
    app.register(async (scope) => add(scope, parts));
  }
}

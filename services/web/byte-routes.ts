/** The routes whose bodies or answers are streams of bytes. */
import type { FastifyInstance } from "fastify";
import { DepthmeshError } from "../../core/errors.js";
import { sharedController } from "../../kit/async/abort.js";
import { cutEarlyAnswers } from "./body/early-answer.js";
import { expectContinue } from "./body/expect-continue.js";
import type { WebConfig } from "./config.js";
import { addArtifactRoutes } from "./routes/artifacts.js";
import { addCreateJobRoute } from "./routes/create-job.js";
import { addJobEventRoute } from "./routes/job-events.js";
import { addUploadRoutes } from "./routes/uploads.js";
import type { GatewayClient } from "./upstream/gateway-client.js";
import { SizeLimits } from "./upstream/size-limits.js";

export interface ByteParts {
  readonly gateway: GatewayClient;
  readonly config: Pick<WebConfig, "bodyIdleMs">;
}

export function addByteRoutes(app: FastifyInstance, { gateway, config }: ByteParts): void {
  expectContinue(app);
  cutEarlyAnswers(app);
  const parts = { gateway, limits: new SizeLimits(gateway), ...config, closing: closingOf(app) };
  for (const add of [addUploadRoutes, addCreateJobRoute, addArtifactRoutes, addJobEventRoute]) {
    app.register(async (scope) => add(scope, parts));
  }
}

/** Fires when the server stops, so that streams that would go on for hours end. */
function closingOf(app: FastifyInstance): AbortSignal {
  const closing = sharedController();
  app.addHook("preClose", async () => {
    closing.abort(new DepthmeshError("DRAINING", "the web service stops"));
  });
  return closing.signal;
}

/** The studio's files: a page, and what it loads, under names that change with their content. */
import { existsSync } from "node:fs";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import type { Log } from "../../kit/log.js";
import { packagePath } from "../../kit/process/package-path.js";

/** Where `npm run setup` builds the studio. */
export const STUDIO_FOLDER = packagePath("dist", "studio");

/** Vite puts files here whose names have a hash of their content. */
const HASHED = "/assets/";
const KEPT = "public, max-age=31536000, immutable";

export async function addStudioFiles(
  app: FastifyInstance,
  log: Log,
  folder = STUDIO_FOLDER,
): Promise<void> {
  if (!existsSync(folder)) {
    log.warn("the studio is not built; only the API is served");
    return;
  }
  await app.register(async (scope) => {
    scope.addHook("onRequest", async ({ url }, reply) => {
      reply.header("cache-control", url.startsWith(HASHED) ? KEPT : "no-cache");
    });
    await scope.register(fastifyStatic, {
      root: folder,
      // A route for each file that is there now: no path leads to another one.
      wildcard: false,
      cacheControl: false,
    });
  });
}

/** `/health/live` and `/health/ready`, for supervisors, load balancers and containers. */
import type { FastifyInstance } from "fastify";
import { DepthmeshError } from "../../core/errors.js";
import { shuttingDown } from "./open-requests.js";
import type { WebParts } from "./parts.js";

/** Everybody may ask, and the gateway need not be asked each time. */
const KEPT_MS = 1_000;
const SERVING = { status: "SERVING" } as const;

export function addHealthRoutes(app: FastifyInstance, { gateway, requests }: WebParts): void {
  let asked: { readonly untilMs: number; readonly serves: Promise<boolean> } | undefined;
  app.get("/health/live", async () => SERVING);
  // Fails while it drains, and while the gateway cannot be reached or does not serve.
  app.get("/health/ready", async () => {
    if (requests.isDraining) throw shuttingDown();
    if (!asked || performance.now() > asked.untilMs) {
      asked = { untilMs: performance.now() + KEPT_MS, serves: gateway.serves() };
    }
    if (await asked.serves) return SERVING;
    throw new DepthmeshError("SERVICE_UNAVAILABLE", "the gateway does not serve");
  });
}

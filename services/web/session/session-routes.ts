/** `/session`: the studio's key, which a cookie keeps, and whose key it is. */
import type { FastifyInstance } from "fastify";
import { DepthmeshError } from "../../../core/errors.js";
import {
  GetLimitsRequest,
  GetLimitsResponse,
} from "../../../proto/gen/depthmesh/v1/catalog_service.js";
import { methodOf } from "../json/descriptors.js";
import { decodeToJson } from "../json/proto-json.js";
import type { WebParts } from "../parts.js";
import { callerOf } from "../routes/caller.js";
import type { Caller } from "../upstream/gateway-client.js";
import { forgetKey, isKey, keepKey, keyInCookies } from "./session-cookie.js";

const GET_LIMITS = methodOf("CatalogService.GetLimits");
const PATH = "/session";

export function addSessionRoutes(app: FastifyInstance, { gateway }: WebParts): void {
  /** Throws the gateway's error where it does not accept the caller. */
  const whoIs = async (caller: Caller, isKept: boolean) => {
    const request = GetLimitsRequest.encode({}).finish();
    const { tenant, roles } = GetLimitsResponse.decode(
      await gateway.unary(GET_LIMITS, request, caller),
    );
    const limits = GetLimitsResponse.fromPartial({ tenant, roles });
    const json = decodeToJson(GET_LIMITS.output, GetLimitsResponse.encode(limits).finish());
    const { tenant: name = "", roles: names = [] } = json as Partial<Record<string, unknown>>;
    return { tenant: name, roles: names, signedIn: isKept };
  };
  app.get(PATH, async (request) => {
    const isKept = keyInCookies(request) !== undefined;
    return whoIs(callerOf(request), isKept);
  });
  app.put(PATH, async (request, reply) => {
    const key = keyIn(request.body);
    const session = await whoIs({ credential: key }, true);
    keepKey(request, reply, key);
    return session;
  });
  app.delete(PATH, async (_request, reply) => {
    forgetKey(reply);
    return reply.status(204).send();
  });
}

function keyIn(body: unknown): string {
  const { key, ...others } = (typeof body === "object" && body ? body : {}) as { key?: unknown };
  const [unknown] = Object.keys(others);
  if (unknown === undefined && typeof key === "string" && isKey(key)) return key;
  throw new DepthmeshError(
    "PARAMETER_UNKNOWN",
    'the body must be {"key": "…"} with an API key or a token',
    { metadata: { field: unknown ?? "key" } },
  );
}

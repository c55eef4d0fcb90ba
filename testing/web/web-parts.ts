/** The web service without a process of its own, for tests of its routes. */
import { credentials } from "@grpc/grpc-js";
import type { FastifyInstance } from "fastify";
import { readSettings } from "../../kit/config.js";
import { createLog } from "../../kit/log.js";
import { webApp } from "../../services/web/app.js";
import { WEB_SETTINGS } from "../../services/web/config.js";
import { OpenRequests } from "../../services/web/open-requests.js";
import type { WebParts } from "../../services/web/parts.js";
import { GatewayClient } from "../../services/web/upstream/gateway-client.js";
import {
  type ScriptedAnswer,
  type ScriptedGateway,
  startScriptedGateway,
} from "./scripted-gateway.js";

const DEFAULTS = readSettings(WEB_SETTINGS, {});

/** Nothing answers at the default address. */
export function webParts(gateway = nobody(), config: Partial<WebParts["config"]> = {}): WebParts {
  const log = createLog("silent", { service: "web", worker: "test" });
  return { gateway, config: { ...DEFAULTS, ...config }, log, requests: new OpenRequests() };
}

function nobody(): GatewayClient {
  const address = "127.0.0.1:1";
  return new GatewayClient({
    address,
    adminAddress: address,
    channel: credentials.createInsecure(),
  });
}

export interface ScriptedWeb {
  readonly app: FastifyInstance;
  readonly parts: WebParts;
  readonly gateway: ScriptedGateway;
  close(): Promise<void>;
}

/** The application in front of a scripted gateway. */
export async function startScriptedWeb(
  answers: Readonly<Record<string, ScriptedAnswer>>,
  {
    config = {},
    trailers = {},
  }: {
    readonly config?: Partial<WebParts["config"]>;
    readonly trailers?: Readonly<Record<string, string>>;
  } = {},
): Promise<ScriptedWeb> {
  const gateway = await startScriptedGateway(answers, trailers);
  const parts = webParts(gateway.client, config);
  const app = await webApp(parts).catch((error) => {
    gateway.close();
    throw error;
  });
  const close = async () => {
    await app.close();
    gateway.close();
  };
  return { app, parts, gateway, close };
}

/** What the routes of the web service are built with. */
import type { Log } from "../../kit/log.js";
import type { Metrics } from "../../kit/telemetry/start-metrics.js";
import type { WebConfig } from "./config.js";
import type { OpenRequests } from "./open-requests.js";
import type { GatewayClient } from "./upstream/gateway-client.js";

export interface WebParts {
  readonly gateway: GatewayClient;
  readonly config: WebConfig;
  readonly log: Log;
  readonly requests: OpenRequests;
  /** What the process measures; undefined where nobody asks. */
  readonly metrics?: Metrics | undefined;
}

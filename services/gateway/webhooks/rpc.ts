/** WebhookService: one line per method. */
import { unary } from "../../../kit/rpc/call.js";
import { type RpcService, rpcService } from "../../../kit/rpc/server.js";
import { WebhookServiceService } from "../../../proto/gen/depthmesh/v1/webhook_service.js";
import {
  createWebhook,
  deleteWebhook,
  listWebhookFailures,
  listWebhooks,
  redeliverWebhook,
} from "./webhook-service.js";
import type { Webhooks } from "./webhooks.js";

export function webhookService(webhooks: Webhooks): RpcService {
  return rpcService(WebhookServiceService, {
    createWebhook: unary((request, { identity }) =>
      createWebhook(webhooks, request, identity.tenant),
    ),
    listWebhooks: unary((request, { identity }) =>
      listWebhooks(webhooks, request, identity.tenant),
    ),
    deleteWebhook: unary((request, { identity }) =>
      deleteWebhook(webhooks, request, identity.tenant),
    ),
    listWebhookFailures: unary((request, { identity }) =>
      listWebhookFailures(webhooks, request, identity.tenant),
    ),
    redeliverWebhook: unary((request, { identity }) =>
      redeliverWebhook(webhooks, request, identity.tenant),
    ),
  });
}

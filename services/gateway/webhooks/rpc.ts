/** WebhookService: one line per method. */
import { unary } from "../../../kit/rpc/call.js";
import { type RpcService, rpcService } from "../../../kit/rpc/server.js";
import { WebhookServiceService } from "../../../proto/gen/depthmesh/v1/webhook_service.js";
import {
  createWebhook,
  deleteWebhook,
  type ListContext,
  listWebhookFailures,
  listWebhooks,
  redeliverWebhook,
} from "./webhook-service.js";

export function webhookService(context: ListContext): RpcService {
  const { webhooks } = context;
  return rpcService(WebhookServiceService, {
    createWebhook: unary((request, { identity }) =>
      createWebhook(webhooks, request, identity.tenant),
    ),
    listWebhooks: unary((request, { identity }) => listWebhooks(context, request, identity.tenant)),
    deleteWebhook: unary((request, { identity }) =>
      deleteWebhook(webhooks, request, identity.tenant),
    ),
    listWebhookFailures: unary((request, { identity }) =>
      listWebhookFailures(context, request, identity.tenant),
    ),
    redeliverWebhook: unary((request, { identity }) =>
      redeliverWebhook(webhooks, request, identity.tenant),
    ),
  });
}

/** Settings of webhooks. */
import { choice, integer } from "../../../kit/config.js";
import { ranges } from "../../../kit/egress/ranges-setting.js";

/** To whom the ends of jobs may be told. */
export const WEBHOOK_SETTINGS = {
  webhookAllow: ranges(
    "DEPTHMESH_WEBHOOK_ALLOW",
    "ranges of addresses that webhooks may be sent to besides public ones, such as 10.1.0.0/16,fd00::/8; whoever may create webhooks reaches what is there",
  ),
  webhookAllowHttp: choice(
    "DEPTHMESH_WEBHOOK_ALLOW_HTTP",
    "no",
    ["no", "yes"],
    "whether webhooks may have http addresses, whose messages anybody on the way can read",
  ),
  webhookRetrySeconds: integer(
    "DEPTHMESH_WEBHOOK_RETRY_SECONDS",
    86_400,
    [1, 604_800],
    "seconds during which a message of a webhook is sent again until it is taken; the pauses in between grow and shrink with it",
  ),
  maxWebhooks: integer("DEPTHMESH_MAX_WEBHOOKS", 32, [0, 1000], "webhooks that a tenant may have"),
};

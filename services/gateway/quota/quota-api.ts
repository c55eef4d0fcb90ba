/**
 * The calls about quotas: GetTenantQuota and SetTenantQuota of AdminService for operators, and
 * GetLimits of CatalogService, which tells callers their own.
 */
import type { Identity } from "../../../kit/rpc/identity.js";
import type {
  GetTenantQuotaRequest,
  GetTenantQuotaResponse,
  SetTenantQuotaRequest,
} from "../../../proto/gen/depthmesh/v1/admin_service.js";
import type { GetLimitsResponse } from "../../../proto/gen/depthmesh/v1/catalog_service.js";
import { ROLE_WORDS } from "../../../wire/enums.js";
import type { GatewayContext } from "../context.js";
import { checkedTenant } from "../tenants/tenant-name.js";
import { checkedQuota } from "./quota.js";

/** Throws PARAMETER_OUT_OF_RANGE for what cannot be a tenant's name. */
export function getTenantQuota(
  { quotas }: Pick<GatewayContext, "quotas">,
  request: GetTenantQuotaRequest,
): GetTenantQuotaResponse {
  const tenant = checkedTenant(request.tenant);
  return { tenant, quota: quotas.quotaOf(tenant), usage: quotas.usageOf(tenant) };
}

/** Throws PARAMETER_OUT_OF_RANGE, BUS_UNAVAILABLE. */
export async function setTenantQuota(
  context: Pick<GatewayContext, "quotas" | "log">,
  { tenant, quota }: SetTenantQuotaRequest,
  { caller }: Identity,
): Promise<GetTenantQuotaResponse> {
  await context.quotas.setQuota(checkedTenant(tenant), quota && checkedQuota(quota));
  context.log.info({ tenant, quota, caller }, "an operator has set a tenant's quota");
  return getTenantQuota(context, { tenant });
}

export function getLimits(
  { config, quotas }: Pick<GatewayContext, "config" | "quotas">,
  { tenant, roles }: Identity,
): GetLimitsResponse {
  return {
    maxUploadBytes: config.maxUploadBytes,
    maxSoundBytes: config.maxSoundBytes,
    maxPhotoPixels: config.maxPixels,
    maxFrames: config.maxFrames,
    maxPixelFrames: config.maxPixelFrames,
    tenant,
    // The processes of the mesh are no callers of the API.
    roles: [...roles].flatMap((role) => (role === "worker" ? [] : ROLE_WORDS.number(role, "role"))),
    quota: quotas.quotaOf(tenant),
    usage: quotas.usageOf(tenant),
  };
}

/** The admin API of a gateway, for those who run the mesh; it has a port of its own. */
import {
  AdminServiceService,
  type ApiKey,
  type CreateApiKeyRequest,
  type CreateApiKeyResponse,
  type DeadLetter,
  type GetCatalogueStatusResponse,
  type GetMeshStatusResponse,
  type GetSystemStatusResponse,
  type GetTenantQuotaResponse,
  type ListApiKeysRequest,
  type ListApiKeysResponse,
  type ListCacheEntriesRequest,
  type ListCacheEntriesResponse,
  type ListDeadLettersRequest,
  type ListDeadLettersResponse,
  type ListUsageRequest,
  type ListUsageResponse,
  type ListWorkersResponse,
  type PurgeCacheRequest,
  type PurgeCacheResponse,
} from "../proto/gen/depthmesh/v1/admin_service.js";
import type { Job } from "../proto/gen/depthmesh/v1/job.js";
import type { TenantQuota } from "../proto/gen/depthmesh/v1/tenant.js";
import { type CallOptions, Channel, type ConnectOptions, type Method } from "./channel.js";

/** Call `close` when it is no longer needed; otherwise its connection keeps the process alive. */
export class AdminClient {
  readonly #channel: Channel;

  /** `address` is host:port of the gateway's admin port. It connects at the first call. */
  constructor(address: string, options: ConnectOptions = {}) {
    this.#channel = new Channel(address, options);
  }

  close(): void {
    this.#channel.close();
  }

  /** Any unary call, such as `call(AdminServiceService.listWorkers, {})`. Throws DepthmeshError. */
  call<Req, Res>(
    method: Method<Req, Res>,
    request: Req,
    options: CallOptions | AbortSignal = {},
  ): Promise<Res> {
    const asOptions = options instanceof AbortSignal ? { signal: options } : options;
    return this.#channel.unary(method, request, asOptions);
  }

  /**
   * One page of the dead letters: jobs whose stage failed or crashed too often. `signal`
   * ends the call, here and below.
   */
  listDeadLetters(
    request: ListDeadLettersRequest,
    signal?: AbortSignal,
  ): Promise<ListDeadLettersResponse> {
    return this.call(AdminServiceService.listDeadLetters, request, signal);
  }

  getDeadLetter(name: string, signal?: AbortSignal): Promise<DeadLetter> {
    return this.call(AdminServiceService.getDeadLetter, { name }, signal);
  }

  /** Creates a new job from the stage that failed, and removes the letter. */
  redriveDeadLetter(name: string, signal?: AbortSignal): Promise<Job> {
    return this.call(AdminServiceService.redriveDeadLetter, { name }, signal);
  }

  async discardDeadLetter(name: string, signal?: AbortSignal): Promise<void> {
    await this.call(AdminServiceService.discardDeadLetter, { name }, signal);
  }

  /**
   * One page of what later jobs can reuse, the newest first. `pageToken` comes from the page
   * before; "" for the first.
   */
  listCacheEntries(
    request: ListCacheEntriesRequest,
    signal?: AbortSignal,
  ): Promise<ListCacheEntriesResponse> {
    return this.call(AdminServiceService.listCacheEntries, request, signal);
  }

  /** Removes cache entries, and the files that nothing else refers to. Jobs keep theirs. */
  purgeCache(request: PurgeCacheRequest, signal?: AbortSignal): Promise<PurgeCacheResponse> {
    return this.call(AdminServiceService.purgeCache, request, signal);
  }

  /** What the mesh has to do now: queues, jobs by state, NATS, room on the gateway's disk. */
  getMeshStatus(signal?: AbortSignal): Promise<GetMeshStatusResponse> {
    return this.call(AdminServiceService.getMeshStatus, {}, signal);
  }

  /** Everything about the mesh: `getMeshStatus`, its processes, and what is wrong with it. */
  getSystemStatus(signal?: AbortSignal): Promise<GetSystemStatusResponse> {
    return this.call(AdminServiceService.getSystemStatus, {}, signal);
  }

  /** The processes of the mesh, or those of one service. */
  listWorkers(service = "", signal?: AbortSignal): Promise<ListWorkersResponse> {
    return this.call(AdminServiceService.listWorkers, { service }, signal);
  }

  /**
   * The process (`workers/<name>`) takes no more orders, finishes those that it holds, and stops.
   * Throws WORKER_NOT_FOUND.
   */
  async drainWorker(name: string, signal?: AbortSignal): Promise<void> {
    await this.call(AdminServiceService.drainWorker, { name }, signal);
  }

  /** What a tenant may use, and has used. */
  getTenantQuota(tenant: string, signal?: AbortSignal): Promise<GetTenantQuotaResponse> {
    return this.call(AdminServiceService.getTenantQuota, { tenant }, signal);
  }

  /** Sets what a tenant may use; without a quota, the settings of the gateway hold again. */
  setTenantQuota(
    tenant: string,
    quota?: TenantQuota,
    signal?: AbortSignal,
  ): Promise<GetTenantQuotaResponse> {
    return this.call(AdminServiceService.setTenantQuota, { tenant, quota }, signal);
  }

  /** How the catalogue of jobs of the gateway that answers is. */
  getCatalogueStatus(signal?: AbortSignal): Promise<GetCatalogueStatusResponse> {
    return this.call(AdminServiceService.getCatalogueStatus, {}, signal);
  }

  /** Has all records of jobs read again; `getCatalogueStatus` tells how far that is. */
  async rebuildCatalogue(signal?: AbortSignal): Promise<void> {
    await this.call(AdminServiceService.rebuildCatalogue, {}, signal);
  }

  /** One page of what tenants have used by day, the newest first. */
  listUsage(request: ListUsageRequest, signal?: AbortSignal): Promise<ListUsageResponse> {
    return this.call(AdminServiceService.listUsage, request, signal);
  }

  /** Makes an API key; only this answer has the key itself. */
  createApiKey(request: CreateApiKeyRequest, signal?: AbortSignal): Promise<CreateApiKeyResponse> {
    return this.call(AdminServiceService.createApiKey, request, signal);
  }

  /** One page of the API keys, the newest first. */
  listApiKeys(request: ListApiKeysRequest, signal?: AbortSignal): Promise<ListApiKeysResponse> {
    return this.call(AdminServiceService.listApiKeys, request, signal);
  }

  /** The key is refused from now on. `name` is `apiKeys/<id>`. */
  revokeApiKey(name: string, signal?: AbortSignal): Promise<ApiKey> {
    return this.call(AdminServiceService.revokeApiKey, { name }, signal);
  }
}

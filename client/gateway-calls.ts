/** What every caller of a gateway has: the connection, the catalogue, previews and webhooks. */
import {
  CatalogServiceService,
  type GetLimitsResponse,
  type ListEncodersResponse,
  type ListModelsResponse,
  type ListPresetsResponse,
} from "../proto/gen/depthmesh/v1/catalog_service.js";
import {
  type GetSceneRequest,
  type GetSceneResponse,
  PreviewServiceService,
  type RenderContactSheetRequest,
  type RenderContactSheetResponse,
  type RenderStillRequest,
  type RenderStillResponse,
} from "../proto/gen/depthmesh/v1/preview_service.js";
import {
  type CreateWebhookRequest,
  type ListWebhookFailuresResponse,
  type ListWebhooksResponse,
  type Webhook,
  WebhookServiceService,
} from "../proto/gen/depthmesh/v1/webhook_service.js";
import { type CallOptions, Channel, type ConnectOptions, type Method } from "./channel.js";

/** The calls of one message that are not about jobs. DepthmeshClient adds those that are. */
export class GatewayCalls {
  /** For calls that have no method of their own here. */
  readonly channel: Channel;

  /**
   * `address` is host:port of the gateway's public port, or of several, as Channel takes it. It
   * connects at the first call.
   */
  constructor(address: string, options: ConnectOptions = {}) {
    this.channel = new Channel(address, options);
  }

  close(): void {
    this.channel.close();
  }

  /** Any unary call, such as `call(JobServiceService.getJob, { name })`. Throws DepthmeshError. */
  call<Req, Res>(
    method: Method<Req, Res>,
    request: Req,
    options: CallOptions | AbortSignal = {},
  ): Promise<Res> {
    const asOptions = options instanceof AbortSignal ? { signal: options } : options;
    return this.channel.unary(method, request, asOptions);
  }

  /** One moment of a clip as a picture, without a job: of a job's photo, or of an upload. */
  renderStill(request: RenderStillRequest, signal?: AbortSignal): Promise<RenderStillResponse> {
    return this.call(PreviewServiceService.renderStill, request, signal);
  }

  /** One picture with a still of every preset. */
  renderContactSheet(
    request: RenderContactSheetRequest,
    signal?: AbortSignal,
  ): Promise<RenderContactSheetResponse> {
    return this.call(PreviewServiceService.renderContactSheet, request, signal);
  }

  /**
   * The photo and the depth map of a job or an upload as pictures, for a program that draws the
   * scene itself.
   */
  getScene(request: GetSceneRequest, signal?: AbortSignal): Promise<GetSceneResponse> {
    return this.call(PreviewServiceService.getScene, request, signal);
  }

  /** What the caller may send, what it may do, and what is left of its tenant's quota. */
  getLimits(signal?: AbortSignal): Promise<GetLimitsResponse> {
    return this.call(CatalogServiceService.getLimits, {}, signal);
  }

  /** The camera presets. */
  listPresets(signal?: AbortSignal): Promise<ListPresetsResponse> {
    return this.call(CatalogServiceService.listPresets, {}, signal);
  }

  /** The depth models, best first, as a depth worker reports them. */
  listModels(signal?: AbortSignal): Promise<ListModelsResponse> {
    return this.call(CatalogServiceService.listModels, {}, signal);
  }

  /** The combinations of container and codec that the running workers can encode. */
  listEncoders(signal?: AbortSignal): Promise<ListEncodersResponse> {
    return this.call(CatalogServiceService.listEncoders, {}, signal);
  }

  /**
   * An address that is told when jobs end. Only this answer has the secret that its messages are
   * signed with. Throws WEBHOOK_ADDRESS_FORBIDDEN, QUOTA_EXCEEDED.
   */
  createWebhook(request: CreateWebhookRequest, signal?: AbortSignal): Promise<Webhook> {
    return this.call(WebhookServiceService.createWebhook, request, signal);
  }

  /** One page of the webhooks, newest first. */
  listWebhooks(
    pageSize: number,
    pageToken: string,
    signal?: AbortSignal,
  ): Promise<ListWebhooksResponse> {
    return this.call(WebhookServiceService.listWebhooks, { pageSize, pageToken }, signal);
  }

  /** Nothing more is sent to it. `name` is `webhooks/<id>`. Throws WEBHOOK_NOT_FOUND. */
  async deleteWebhook(name: string, signal?: AbortSignal): Promise<void> {
    await this.call(WebhookServiceService.deleteWebhook, { name }, signal);
  }

  /** One page of the messages that were given up, those of the newest job first. */
  listWebhookFailures(
    pageSize: number,
    pageToken: string,
    signal?: AbortSignal,
  ): Promise<ListWebhookFailuresResponse> {
    const request = { pageSize, pageToken };
    return this.call(WebhookServiceService.listWebhookFailures, request, signal);
  }

  /**
   * Sends a message that was given up once more. `name` is `webhooks/<id>/failures/<id>`. Throws
   * WEBHOOK_NOT_FOUND.
   */
  async redeliverWebhook(name: string, signal?: AbortSignal): Promise<void> {
    await this.call(WebhookServiceService.redeliverWebhook, { name }, signal);
  }
}

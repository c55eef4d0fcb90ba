/**
 * Names on NATS: subjects, streams, consumers and buckets; and the tenant that is part of some of
 * them.
 */
import { DEFAULT_TENANT } from "../../kit/rpc/identity.js";
import type { Lane, Stage } from "../stages.js";

export const JOBS_BUCKET = "dm_jobs";
export const REQUESTS_BUCKET = "dm_requests";
export const DEPTH_MAPS_BUCKET = "dm_depth_maps";
export const RESULTS_BUCKET = "dm_results";
export const UPLOADS_BUCKET = "dm_uploads";
export const WORKERS_BUCKET = "dm_workers";
export const FLEET_BUCKET = "dm_fleet";
export const TENANTS_BUCKET = "dm_tenants";
export const USAGE_BUCKET = "dm_usage";
/** Claims on blobs, where several gateways share them. */
export const CLAIMS_BUCKET = "dm_claims";
export const KEYS_BUCKET = "dm_keys";
export const WEBHOOKS_BUCKET = "dm_webhooks";
export const DELIVERIES_BUCKET = "dm_deliveries";
export const WEBHOOK_FAILURES_BUCKET = "dm_webhook_failures";
/** How long a reusable depth map or result is kept. */
export const CACHE_TTL_MS = 30 * 24 * 3600 * 1000;
export const EVENTS_STREAM = "DM_EVENTS";
export const DEAD_STREAM = "DM_DEAD";

/** Stands between a tenant and a hash in a key; no tenant's name has it. */
const AFTER_TENANT = "_";
/**
 * Key of a reusable depth map or result: `hash`, with the tenant before it. Those of the default
 * tenant are as earlier versions have stored them.
 */
export const cacheEntryKey = (tenant: string, hash: string) =>
  tenant === DEFAULT_TENANT ? hash : `${tenant}${AFTER_TENANT}${hash}`;
/** The tenant in a key that `cacheEntryKey` has made. */
export const tenantOfCacheEntry = (key: string) =>
  key.includes(AFTER_TENANT) ? key.slice(0, key.indexOf(AFTER_TENANT)) : DEFAULT_TENANT;

/** The stream that JetStream stores a bucket in. */
export const bucketStream = (bucket: string) => `KV_${bucket}`;
export const workStream = (stage: Stage) => `DM_WORK_${stage.toUpperCase()}`;
export const workSubject = (stage: Stage, lane: Lane) => `dm.v1.work.${stage}.${lane}`;
export const workConsumer = (stage: Stage, lane: Lane) => `${stage}-${lane}`;
export const nudgeSubject = (stage: Stage) => `dm.v1.nudge.${stage}`;
export const cancelSubject = (job: string) => `dm.v1.cancel.${job}`;
/** The stage comes last, so that each service can be allowed its own only. */
export const progressSubject = (tenant: string, job: string, stage: Stage | "*") =>
  `dm.v1.progress.${tenant}.${job}.${stage}`;
export const eventSubject = (tenant: string, job: string, type: string) =>
  `dm.v1.event.${tenant}.${job}.${type}`;
/** The job comes last, so that wildcards before it find the dead letters of a job. */
export const deadSubject = (stage: Stage | "*", reason: string, job: string) =>
  `dm.v1.dead.${stage}.${reason}.${job}`;

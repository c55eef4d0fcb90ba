/** A dashboard for each service: its calls, its work, what only it has, and its processes. */
import type { MetricService } from "../../kit/telemetry/metric-rows/row.js";
import { max, rate, series, share, sum } from "../promql.js";
import { CHOSEN, type Dashboard, type Panel, quantiles, type Row, WINDOW } from "./panel.js";
import { callRow, runtimeRow, workRow } from "./shared-rows.js";

function dashboard(service: MetricService, description: string, rows: readonly Row[]): Dashboard {
  const title = `depthmesh: ${service}`;
  return { uid: `depthmesh-${service}`, title, description, service, rows };
}

function diskOf(service: MetricService): Panel {
  return {
    ...{ title: "Free disk", unit: "bytes" },
    description: "Of the file systems that the processes write to.",
    queries: [
      {
        expression: series("depthmesh.disk.free", { service, ...CHOSEN }),
        legend: "{{instance}} {{depthmesh_disk}}",
      },
    ],
    alerts: ["DepthmeshDiskFull", "DepthmeshDiskLow", "DepthmeshDiskFilling"],
  };
}

const lookups = (result: string) =>
  sum(
    rate(
      series("depthmesh.cache.lookups", { "depthmesh.cache.result": result, ...CHOSEN }),
      WINDOW,
    ),
    "depthmesh.cache",
  );

const GATEWAY = dashboard("gateway", "Calls, jobs, uploads and blobs of the gateways.", [
  callRow("gateway"),
  {
    title: "Jobs, uploads and blobs",
    panels: [
      {
        ...{ title: "Jobs accepted", unit: "ops" },
        description: "By the chosen gateways, each second.",
        queries: [
          {
            expression: sum(
              rate(series("depthmesh.jobs.accepted", CHOSEN), WINDOW),
              ...(["instance", "depthmesh.lane"] as const),
            ),
            legend: "{{instance}} {{depthmesh_lane}}",
          },
        ],
      },
      {
        ...{ title: "Uploads", unit: "short", kind: "stacked" },
        description: "By state. Those that wait have no place yet (DEPTHMESH_MAX_UPLOADS).",
        queries: [
          {
            expression: sum(series("depthmesh.uploads", CHOSEN), "depthmesh.upload.state"),
            legend: "{{depthmesh_upload_state}}",
          },
        ],
        alerts: ["DepthmeshUploadsWaiting", "DepthmeshCallersRefused"],
      },
      {
        ...{ title: "Blobs", unit: "bytes" },
        description: "Bytes of all blobs. Gateways over one store tell the same.",
        queries: [{ expression: max(series("depthmesh.blobs.size")), legend: "blobs" }],
        alerts: ["DepthmeshCorruptBlobs"],
      },
      diskOf("gateway"),
    ],
  },
  runtimeRow("gateway"),
]);

const DEPTH = dashboard("depth", "Depth maps: inference, caches, sub-steps.", [
  workRow("depth"),
  {
    title: "Inference and caches",
    panels: [
      {
        ...{ title: "Duration of an estimate", unit: "s" },
        description: "By model and provider, with the wait for a session. Points lead to traces.",
        queries: quantiles("depthmesh.inference.duration", { service: "depth", ...CHOSEN }, [
          ...(["depthmesh.model", "depthmesh.provider"] as const),
        ]),
      },
      {
        ...{ title: "Estimates", unit: "ops", kind: "stacked" },
        description: "By model and provider. A GPU that is lost shows here first.",
        queries: [
          {
            expression: sum(
              rate(series("depthmesh.inference.duration", CHOSEN), WINDOW),
              ...(["depthmesh.model", "depthmesh.provider"] as const),
            ),
            legend: "{{depthmesh_model}} {{depthmesh_provider}}",
          },
        ],
        alerts: ["DepthmeshInferenceWithoutGpu"],
      },
      {
        ...{ title: "Caches", unit: "percentunit" },
        description: "Share of the lookups that found something.",
        queries: [
          {
            expression: share(lookups("hit"), lookups("=~hit|miss")),
            legend: "{{depthmesh_cache}}",
          },
        ],
      },
      diskOf("depth"),
    ],
  },
  callRow("depth"),
  runtimeRow("depth"),
]);

const RENDER = dashboard("render", "Frames: how many, how fast, and where the time goes.", [
  workRow("render"),
  {
    title: "Frames",
    panels: [
      {
        ...{ title: "Frames sent", unit: "ops" },
        description: "Frames each second that encode workers took.",
        queries: [
          {
            expression: sum(rate(series("depthmesh.render.frames", CHOSEN), WINDOW), "instance"),
            legend: "{{instance}}",
          },
        ],
      },
      diskOf("render"),
    ],
  },
  callRow("render"),
  runtimeRow("render"),
]);

const ENCODE = dashboard("encode", "Videos: frames, the first fragment, and sub-steps.", [
  workRow("encode"),
  {
    title: "Frames and fragments",
    panels: [
      {
        ...{ title: "Frames encoded", unit: "ops" },
        description: "Frames each second that encoders took.",
        queries: [
          {
            expression: sum(rate(series("depthmesh.encode.frames", CHOSEN), WINDOW), "instance"),
            legend: "{{instance}}",
          },
        ],
      },
      {
        ...{ title: "First fragment", unit: "s" },
        description: "From a job's acceptance to the first bytes that a caller can play.",
        queries: quantiles("depthmesh.job.first_fragment.duration", CHOSEN),
        alerts: ["DepthmeshFirstFragmentSlow"],
      },
      diskOf("encode"),
    ],
  },
  callRow("encode"),
  runtimeRow("encode"),
]);

const WEB = dashboard("web", "Requests over HTTP, and what they asked of the gateway.", [
  {
    title: "Requests",
    panels: [
      {
        ...{ title: "Requests by route", unit: "ops", kind: "stacked" },
        description: "Requests that ended each second.",
        queries: [
          {
            expression: sum(
              rate(series("http.server.request.duration", CHOSEN), WINDOW),
              ...(["http.request.method", "http.route"] as const),
            ),
            legend: "{{http_request_method}} {{http_route}}",
          },
        ],
      },
      {
        ...{ title: "Requests that did not succeed", unit: "ops" },
        description: "By route and status. 499: the caller has gone.",
        queries: [
          {
            expression: sum(
              rate(
                series("http.server.request.duration", {
                  ...{ "http.response.status_code": "=~[45]..", ...CHOSEN },
                }),
                WINDOW,
              ),
              ...(["http.route", "http.response.status_code"] as const),
            ),
            legend: "{{http_route}} {{http_response_status_code}}",
          },
        ],
        alerts: ["DepthmeshWebFailing"],
      },
      {
        ...{ title: "Duration of requests", unit: "s" },
        description: "To the end of the answer; event streams and videos last long.",
        queries: quantiles("http.server.request.duration", CHOSEN),
      },
      {
        ...{ title: "Open requests", unit: "short", kind: "stacked" },
        description: "By route; event streams are among them.",
        queries: [
          {
            expression: sum(series("http.server.active_requests", CHOSEN), "http.route"),
            legend: "{{http_route}}",
          },
        ],
      },
      {
        ...{ title: "Bytes", unit: "Bps" },
        description: "Over all connections, headers included.",
        queries: [
          {
            expression: sum(rate(series("depthmesh.web.received", CHOSEN), WINDOW)),
            legend: "received",
          },
          { expression: sum(rate(series("depthmesh.web.sent", CHOSEN), WINDOW)), legend: "sent" },
        ],
      },
      {
        ...{ title: "Calls to the gateway", unit: "ops" },
        description: "By method and status.",
        queries: [
          {
            expression: sum(
              rate(series("rpc.client.call.duration", { service: "web", ...CHOSEN }), WINDOW),
              ...(["rpc.method", "rpc.status_code"] as const),
            ),
            legend: "{{rpc_method}} {{rpc_status_code}}",
          },
        ],
      },
    ],
  },
  runtimeRow("web"),
]);

export const SERVICE_DASHBOARDS: readonly Dashboard[] = [GATEWAY, DEPTH, RENDER, ENCODE, WEB];

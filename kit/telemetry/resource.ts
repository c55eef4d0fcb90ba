/** Who speaks: the attributes that traces, metrics and logs of one process share. */
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from "@opentelemetry/semantic-conventions";
import type { TelemetryConfig } from "./settings.js";

/** Its constant is in a module of thousands, which would take a while to load. */
export const ATTR_SERVICE_INSTANCE_ID = "service.instance.id";

export interface Process {
  /** The name of the service in the mesh, such as `render`. */
  readonly service: string;
  /** Unique name of the process. */
  readonly worker: string;
  readonly version: string;
}

/** What an operator has set comes before what the process knows by itself. */
export function resourceOf(
  { service, worker, version }: Process,
  { serviceName, resourceAttributes }: Pick<TelemetryConfig, "serviceName" | "resourceAttributes">,
): Resource {
  return resourceFromAttributes({
    [ATTR_SERVICE_NAME]: `depthmesh-${service}`,
    [ATTR_SERVICE_INSTANCE_ID]: worker,
    [ATTR_SERVICE_VERSION]: version,
    ...resourceAttributes,
    ...(serviceName !== "" && { [ATTR_SERVICE_NAME]: serviceName }),
  });
}

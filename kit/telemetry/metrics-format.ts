/** In which of two text formats a reader of metrics wants them. */
export const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
export const PLAIN_TEXT = "text/plain; version=0.0.4; charset=utf-8";

/** Prometheus asks for the newer format first, and for the older one with a lower weight. */
export const wantsOpenMetrics = (accept = "") => accept.includes("application/openmetrics-text");

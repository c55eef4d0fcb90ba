/** What OpenTelemetry complains about, such as a collector that is away, in the log. */
import { DiagLogLevel, diag } from "@opentelemetry/api";
import type { Log } from "../log.js";

/** A collector that is away is complained about with each push. */
const QUIET_MS = 60_000;

/** Its complaints go to the log as warnings, one a minute at most. */
export function logDiagnostics(log: Log): void {
  let quietUntilMs = 0;
  let left = 0;
  const warn = (text: string) => {
    const nowMs = performance.now();
    if (nowMs < quietUntilMs) {
      left += 1;
      return;
    }
    quietUntilMs = nowMs + QUIET_MS;
    log.warn({ said: shortened(text), ...(left > 0 && { left }) }, "OpenTelemetry complains");
    left = 0;
  };
  const ignore = () => {};
  const logger = { error: warn, warn, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

const MAX_LENGTH = 300;

/** Errors come as JSON with a stack. */
function shortened(text: string): string {
  try {
    const { name, message, details } = JSON.parse(text) as Record<string, string | undefined>;
    return `${name ?? ""} ${details ?? message ?? ""}`.trim().slice(0, MAX_LENGTH);
  } catch {
    return text.slice(0, MAX_LENGTH);
  }
}

/** Whether an HTTP service of this machine still answers. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

const PATH = "/health/live";

/**
 * Asks the service at this origin, such as `http://127.0.0.1:7480`. Rejects if it does not answer
 * that it lives within `timeoutMs`.
 */
export function askHttpHealth(origin: string, timeoutMs: number): Promise<void> {
  const request = origin.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const asked = request(new URL(PATH, origin), {
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      // Only whether it answers is asked; its certificate may say nothing of this address.
      rejectUnauthorized: false,
    });
    asked.on("response", (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`${PATH} answered ${response.statusCode}`));
    });
    asked.on("error", reject);
    asked.end();
  });
}

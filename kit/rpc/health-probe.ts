/**
 * Health check of a container: exits with 0 if the service at DEPTHMESH_PORT of this host reports
 * SERVING.
 */
import { COMMON_SETTINGS, readSettings } from "../config.js";
import { askHealth } from "./health.js";

const TIMEOUT_MS = 4_000;

const { port } = readSettings({ port: COMMON_SETTINGS.port });
try {
  const status = await askHealth(`127.0.0.1:${port}`, TIMEOUT_MS);
  if (status !== "SERVING") throw new Error(status);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

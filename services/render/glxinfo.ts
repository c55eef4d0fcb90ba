/** Who draws on a display, from `glxinfo -B`: `gl` itself calls every renderer "ANGLE". */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { environmentVariable } from "../../kit/config.js";

const TIMEOUT_MS = 5_000;

/** Empty strings where nobody knows. */
export interface RendererName {
  readonly renderer: string;
  readonly vendor: string;
  readonly version: string;
}

/**
 * What glxinfo says of the display in DISPLAY. Unknown where it is not installed, and where ANGLE was told to draw by
 * another way than the display's GL: glxinfo would name what does not draw.
 */
export async function rendererName(): Promise<RendererName> {
  const platform = environmentVariable("ANGLE_DEFAULT_PLATFORM") ?? "gl";
  if (platform !== "gl" && platform !== "gles") {
    return { renderer: "", vendor: "", version: `ANGLE on ${platform}` };
  }
  try {
    const { stdout } = await promisify(execFile)("glxinfo", ["-B"], { timeout: TIMEOUT_MS });
    return parseGlxinfo(stdout);
  } catch {
    return { renderer: "", vendor: "", version: "" };
  }
}

export function parseGlxinfo(text: string): RendererName {
  const line = (name: string) =>
    new RegExp(`^OpenGL ${name} string: (.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
  return {
    renderer: line("renderer"),
    vendor: line("vendor"),
    version: line("core profile version") || line("version"),
  };
}

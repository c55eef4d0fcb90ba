/** What the driver reports: an error of one command, no memory for it, or the end of the context. */

/** GL_CONTEXT_LOST of GL 4.5 and KHR_robustness, and the name that WebGL has for it. */
const CONTEXT_LOST = new Set([0x0507, 0x9242]);
const OUT_OF_MEMORY = 0x0505;
/** One flag a kind of error may be set at once; a lost context may go on reporting. */
const MAX_FLAGS = 8;

/** Nothing drawn from now on is a picture: the thread ends, and with it the process. */
export class ContextLostError extends Error {
  override readonly name = "ContextLostError";
}

/** The driver had no memory for one scene; what is smaller may still be drawn. */
export class OutOfMemoryError extends Error {
  override readonly name = "OutOfMemoryError";
}

/** Throws where the context has an error since the last look; all of its error flags are clear afterwards. */
export function checkErrors(
  gl: Pick<WebGL2RenderingContext, "getError" | "NO_ERROR">,
  where: string,
): void {
  const codes: number[] = [];
  for (let code = gl.getError(); code !== gl.NO_ERROR; code = gl.getError()) {
    codes.push(code);
    if (codes.length === MAX_FLAGS) break;
  }
  if (codes.length === 0) return;
  const shown = `${codes.map((code) => `0x${code.toString(16)}`).join(", ")} at ${where}`;
  if (codes.some((code) => CONTEXT_LOST.has(code))) {
    throw new ContextLostError(`the GL context is lost (${shown})`);
  }
  if (codes.includes(OUT_OF_MEMORY)) throw new OutOfMemoryError(`GL is out of memory (${shown})`);
  throw new Error(`GL error ${shown}`);
}

/**
 * What the GL driver reports: errors of commands, its size limits, and how many objects are alive.
 */

/** CONTEXT_LOST as OpenGL 4.5 and KHR_robustness define it, and CONTEXT_LOST_WEBGL. */
const CONTEXT_LOST = new Set([0x0507, 0x9242]);
const OUT_OF_MEMORY = 0x0505;
/**
 * A driver sets at most one flag per kind of error, but a lost context may report errors endlessly.
 */
const MAX_FLAGS = 8;

/**
 * The GL context is lost and nothing can be drawn any more: the thread ends, and with it the
 * process.
 */
export class ContextLostError extends Error {
  override readonly name = "ContextLostError";
}

/** The driver had no memory for one scene. Smaller scenes may still be drawn. */
export class OutOfMemoryError extends Error {
  override readonly name = "OutOfMemoryError";
}

/**
 * Throws ContextLostError, OutOfMemoryError or Error where an error flag is set; `where` names the
 * command in the message. All flags are clear afterwards.
 */
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

/** The largest rasters that the driver accepts, in pixels per side. */
export interface GlLimits {
  /** The limit of textures: the photo and the disparity map. */
  readonly textureSidePixels: number;
  /** The limit of framebuffers: a frame, supersampled. */
  readonly frameSidePixels: number;
}

export function readLimits(gl: WebGL2RenderingContext): GlLimits {
  const textureSidePixels = Number(gl.getParameter(gl.MAX_TEXTURE_SIZE));
  const viewport: Int32Array = gl.getParameter(gl.MAX_VIEWPORT_DIMS);
  const renderbuffer = Number(gl.getParameter(gl.MAX_RENDERBUFFER_SIZE));
  const frameSidePixels = Math.min(textureSidePixels, renderbuffer, ...viewport);
  return { textureSidePixels, frameSidePixels };
}

/** How many GL objects are alive. A leak of GPU memory shows here first. */
export interface ObjectCounts {
  readonly textures: number;
  readonly buffers: number;
  readonly vertexArrays: number;
  readonly framebuffers: number;
  readonly renderbuffers: number;
}

const METHODS = {
  textures: ["createTexture", "deleteTexture"],
  buffers: ["createBuffer", "deleteBuffer"],
  vertexArrays: ["createVertexArray", "deleteVertexArray"],
  framebuffers: ["createFramebuffer", "deleteFramebuffer"],
  renderbuffers: ["createRenderbuffer", "deleteRenderbuffer"],
} as const satisfies Record<keyof ObjectCounts, readonly [string, string]>;

type Method = (...args: unknown[]) => unknown;

/**
 * Wraps the context so that it counts the objects it creates and deletes from now on. Call the
 * result for the numbers alive.
 */
export function countObjects(gl: WebGL2RenderingContext): () => ObjectCounts {
  const methods = gl as unknown as Record<string, Method>;
  const follow = (kind: keyof ObjectCounts) => {
    const alive = new Set<unknown>();
    const [create, remove] = METHODS[kind];
    const created = methods[create]?.bind(gl);
    const removed = methods[remove]?.bind(gl);
    methods[create] = (...args) => {
      const object = created?.(...args);
      alive.add(object);
      return object;
    };
    methods[remove] = (object) => {
      alive.delete(object);
      return removed?.(object);
    };
    return alive;
  };
  const textures = follow("textures");
  const buffers = follow("buffers");
  const vertexArrays = follow("vertexArrays");
  const framebuffers = follow("framebuffers");
  const renderbuffers = follow("renderbuffers");
  return () => ({
    textures: textures.size,
    buffers: buffers.size,
    vertexArrays: vertexArrays.size,
    framebuffers: framebuffers.size,
    renderbuffers: renderbuffers.size,
  });
}

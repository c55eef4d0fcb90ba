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

const SOFTWARE = /llvmpipe|softpipe|swrast|swiftshader|lavapipe|software/i;

/** Whether a renderer of this name draws with the processor. */
export const isSoftwareRenderer = (name: string) => SOFTWARE.test(name);

/** The kinds of GL objects that scenes create, by the names that GL's functions have for them. */
export const SCENE_OBJECTS = {
  textures: "Texture",
  buffers: "Buffer",
  vertexArrays: "VertexArray",
  framebuffers: "Framebuffer",
  renderbuffers: "Renderbuffer",
} as const;

/** How many GL objects are alive. A leak of GPU memory shows here first. */
export type ObjectCounts = Readonly<Record<keyof typeof SCENE_OBJECTS, number>>;

type Method = (...args: unknown[]) => unknown;

/**
 * Wraps the context so that it counts the objects of these kinds that it creates and deletes from
 * now on. Call the result for the numbers alive.
 */
export function countObjects<Kind extends string>(
  gl: WebGL2RenderingContext,
  kinds: Readonly<Record<Kind, string>>,
): () => Record<Kind, number> {
  const methods = gl as unknown as Record<string, Method>;
  const follow = (kind: string) => {
    const alive = new Set<unknown>();
    const create = methods[`create${kind}`]?.bind(gl);
    const remove = methods[`delete${kind}`]?.bind(gl);
    methods[`create${kind}`] = (...args) => {
      const object = create?.(...args);
      alive.add(object);
      return object;
    };
    methods[`delete${kind}`] = (object) => {
      alive.delete(object);
      return remove?.(object);
    };
    return alive;
  };
  const followed = Object.entries<string>(kinds).map(([key, kind]) => [key, follow(kind)] as const);
  return () =>
    Object.fromEntries(followed.map(([key, alive]) => [key, alive.size])) as Record<Kind, number>;
}

/** How many GL objects are alive: what a leak shows in first. */

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

/** Follow what a context makes and deletes from now on; the result counts what is alive then. */
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

/**
 * The program of the viewer's page. It runs in a browser: the page contains the text of this
 * function, so that it must use nothing outside of itself.
 */

/** What the page holds as JSON, for the program. */
export interface ViewerScene {
  readonly width: number;
  readonly height: number;
  /** Column-major 4×4: at rest, and what a move of 1 to the right and upwards adds. */
  readonly projections: readonly [rest: number[], right: number[], up: number[]];
  readonly surfaces: readonly {
    /** Base64 of 16-bit x, y and disparity for each vertex, 0 to 65535, y downwards. */
    readonly vertices: string;
    /** Base64 of 32-bit indices. */
    readonly indices: string;
    /** A data URI. */
    readonly texture: string;
    readonly isSoft: boolean;
  }[];
}

export function startViewer(): void {
  const SMOOTHING_MS = 140;
  const IDLE_MS = 2500;
  const TURN_MS = 9000;
  const TILT_DEGREES = 15;
  const canvas = document.querySelector("canvas");
  const data = document.getElementById("scene")?.textContent;
  const gl = canvas?.getContext("webgl2", { antialias: true, alpha: false });
  // Without WebGL the page shows the photo, which lies under the canvas.
  if (!canvas || !data || !gl) return;
  const scene: ViewerScene = JSON.parse(data);

  const bytes = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const program = gl.createProgram();
  const shader = (type: number, source: string) => {
    const made = gl.createShader(type);
    if (!made) return;
    gl.shaderSource(made, `#version 300 es\nprecision highp float;\n${source}`);
    gl.compileShader(made);
    gl.attachShader(program, made);
  };
  shader(
    gl.VERTEX_SHADER,
    `in vec3 vertex; uniform mat4 projection; uniform float aspect; out vec2 point;
    void main() {
      point = vertex.xy;
      vec2 photo = vec2(2.0 * vertex.x - 1.0, 1.0 - 2.0 * vertex.y);
      gl_Position = projection * vec4(photo * vec2(aspect, 1.0), vertex.z, 1.0);
    }`,
  );
  shader(
    gl.FRAGMENT_SHADER,
    `in vec2 point; uniform sampler2D photo; out vec4 color;
    void main() { color = texture(photo, point); }`,
  );
  gl.bindAttribLocation(program, 0, "vertex");
  gl.linkProgram(program);
  gl.useProgram(program);
  const projection = gl.getUniformLocation(program, "projection");
  gl.uniform1f(gl.getUniformLocation(program, "aspect"), scene.width / scene.height);

  const upload = async (surface: ViewerScene["surfaces"][number]) => {
    const image = new Image();
    image.src = surface.texture;
    await image.decode();
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, image);
    gl.generateMipmap(gl.TEXTURE_2D);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    const array = gl.createVertexArray();
    gl.bindVertexArray(array);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, bytes(surface.vertices), gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 3, gl.UNSIGNED_SHORT, true, 6, 0);
    const indices = bytes(surface.indices);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, indices, gl.STATIC_DRAW);
    gl.bindVertexArray(null);
    return { texture, array, count: indices.length / 4, isSoft: surface.isSoft };
  };

  type Uploaded = Awaited<ReturnType<typeof upload>>;
  const draw = (surfaces: readonly Uploaded[], x: number, y: number) => {
    // The place on the page may be larger than the photo's own pixels, which shows no more.
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.max(1, Math.round(canvas.clientWidth * scale));
    const height = Math.max(1, Math.round(canvas.clientHeight * scale));
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    gl.viewport(0, 0, width, height);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.DEPTH_TEST);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const [rest, right, up] = scene.projections;
    const moved = rest.map((value, i) => value + x * (right[i] ?? 0) + y * (up[i] ?? 0));
    gl.uniformMatrix4fv(projection, false, moved);
    for (const { texture, array, count, isSoft } of surfaces) {
      gl.depthFunc(isSoft ? gl.LEQUAL : gl.LESS);
      gl.depthMask(!isSoft);
      if (isSoft) gl.enable(gl.BLEND);
      else gl.disable(gl.BLEND);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.bindVertexArray(array);
      gl.drawElements(gl.TRIANGLES, count, gl.UNSIGNED_INT, 0);
    }
    gl.depthMask(true);
  };

  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const target = { x: 0, y: 0 };
  const shown = { x: 0, y: 0 };
  let movedAtMs = Number.NEGATIVE_INFINITY;
  let tiltAtRest: { readonly beta: number; readonly gamma: number } | undefined;
  const limited = (value: number) => Math.min(1, Math.max(-1, value));
  const aim = (x: number, y: number) => {
    target.x = limited(x);
    target.y = limited(y);
    movedAtMs = performance.now();
  };
  window.addEventListener("pointermove", ({ clientX, clientY }) => {
    aim((2 * clientX) / window.innerWidth - 1, 1 - (2 * clientY) / window.innerHeight);
  });
  window.addEventListener("deviceorientation", ({ beta, gamma }) => {
    if (beta === null || gamma === null || calm.matches) return;
    tiltAtRest ??= { beta, gamma };
    aim((gamma - tiltAtRest.gamma) / TILT_DEGREES, (tiltAtRest.beta - beta) / TILT_DEGREES);
  });
  // Some phones tell how they are held only after a tap has allowed it.
  window.addEventListener("click", () => {
    const { requestPermission } = (window.DeviceOrientationEvent ?? {}) as {
      requestPermission?: () => Promise<string>;
    };
    requestPermission?.().catch(() => {});
  });

  const run = (surfaces: readonly Uploaded[]) => {
    canvas.hidden = false;
    let lastMs = performance.now();
    const step = (nowMs: number) => {
      const idleMs = nowMs - movedAtMs;
      if (idleMs > IDLE_MS) {
        const turn = (2 * Math.PI * nowMs) / TURN_MS;
        target.x = calm.matches ? 0 : 0.7 * Math.sin(turn);
        target.y = calm.matches ? 0 : 0.35 * Math.cos(turn);
      }
      const share = 1 - Math.exp((lastMs - nowMs) / SMOOTHING_MS);
      lastMs = nowMs;
      shown.x += share * (target.x - shown.x);
      shown.y += share * (target.y - shown.y);
      draw(surfaces, shown.x, shown.y);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  };
  canvas.addEventListener("webglcontextlost", () => canvas.remove());
  Promise.all(scene.surfaces.map(upload)).then(run, () => canvas.remove());
}

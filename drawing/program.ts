/** Compiles and links the shaders of `shaders/`, with support for `#include "lib/…"`. */

/** The text of a file of `shaders/`, such as `scene.frag` or `lib/focus.glsl`. */
export type ShaderSources = (file: string) => string;

/** A GL context, and what everything that draws with it needs. */
export interface DrawingContext {
  readonly gl: WebGL2RenderingContext;
  /** A service reads files; the page of the studio has them in its bundle. */
  readonly shaders: ShaderSources;
  /** Passes draw one triangle without vertex data (shaders/fullscreen.vert). */
  readonly emptyArray: WebGLVertexArrayObject;
}

/** A context whose programs are made from these sources. */
export function drawingContext(gl: WebGL2RenderingContext, shaders: ShaderSources): DrawingContext {
  return { gl, shaders, emptyArray: gl.createVertexArray() };
}

const INCLUDE = /^#include "(lib\/[\w-]+\.glsl)"$/gm;

/** The source of a shader, with its includes expanded. */
function shaderSource(shaders: ShaderSources, file: string): string {
  return shaders(file).replace(INCLUDE, (_, included: string) => shaderSource(shaders, included));
}

/** Adds constants after the first line, because `#version` must stay first. */
function withDefines(source: string, defines: Readonly<Record<string, number>>): string {
  const lines = Object.entries(defines).map(([name, value]) => `#define ${name} ${value}\n`);
  return source.replace("\n", `\n${lines.join("")}`);
}

export interface Program<U extends string> {
  readonly program: WebGLProgram;
  readonly uniforms: Readonly<Record<U, WebGLUniformLocation>>;
}

/**
 * Compiles and links a program. Throws with the driver's log, and where a uniform of `uniformNames`
 * is not active. program.test.ts checks that the tables name every active uniform.
 */
export function linkProgram<U extends string>(
  { gl, shaders }: DrawingContext,
  vertexFile: string,
  fragmentFile: string,
  uniformNames: readonly U[],
  defines: Readonly<Record<string, number>> = {},
): Program<U> {
  const program = gl.createProgram();
  for (const [type, file] of [
    [gl.VERTEX_SHADER, vertexFile],
    [gl.FRAGMENT_SHADER, fragmentFile],
  ] as const) {
    const shader = compile(gl, type, file, withDefines(shaderSource(shaders, file), defines));
    gl.attachShader(program, shader);
    // The shader lives on until the program that it is attached to is deleted.
    gl.deleteShader(shader);
  }
  // Programs have at most one attribute, so it can have the same location in all of them.
  gl.bindAttribLocation(program, POSITION_ATTRIBUTE, "position");
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new Error(`${vertexFile} + ${fragmentFile}: ${gl.getProgramInfoLog(program)}`);
  }
  const uniforms = uniformNames.map((name) => {
    const location = gl.getUniformLocation(program, name);
    if (!location) throw new Error(`${fragmentFile}: no active uniform ${name}`);
    return [name, location] as const;
  });
  return { program, uniforms: Object.fromEntries(uniforms) as Program<U>["uniforms"] };
}

export const POSITION_ATTRIBUTE = 0;

function compile(
  gl: WebGL2RenderingContext,
  type: GLenum,
  file: string,
  source: string,
): WebGLShader {
  const shader = gl.createShader(type);
  if (!shader) throw new Error("the GL context is lost");
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) {
    throw new Error(`${file}: ${gl.getShaderInfoLog(shader)}`);
  }
  return shader;
}

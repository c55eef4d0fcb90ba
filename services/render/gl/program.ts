/** Compiles and links the shaders of `shaders/`, with support for `#include "lib/…"`. */
import { readFileSync } from "node:fs";
import { packagePath } from "../../../kit/process/package-path.js";

const INCLUDE = /^#include "(lib\/[\w-]+\.glsl)"$/gm;

/** The source of a shader, with its includes expanded. */
function shaderSource(file: string): string {
  const text = readFileSync(packagePath("shaders", file), "utf8");
  return text.replace(INCLUDE, (_, included: string) => shaderSource(included));
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
  gl: WebGL2RenderingContext,
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
    const shader = compile(gl, type, file, defines);
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
  defines: Readonly<Record<string, number>>,
): WebGLShader {
  const shader = gl.createShader(type);
  if (!shader) throw new Error("the GL context is lost");
  gl.shaderSource(shader, withDefines(shaderSource(file), defines));
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) {
    throw new Error(`${file}: ${gl.getShaderInfoLog(shader)}`);
  }
  return shader;
}

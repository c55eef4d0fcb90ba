/** The uniforms that a driver has found in a program. */
import type { Program } from "../../drawing/program.js";

export function activeUniforms(
  gl: WebGL2RenderingContext,
  { program }: Pick<Program<string>, "program">,
): string[] {
  const count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) as number;
  return Array.from({ length: count }, (_, i) => gl.getActiveUniform(program, i)?.name ?? "");
}

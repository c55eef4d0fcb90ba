/**
 * Draws the surfaces of a scene with the camera of one frame, and behind them a far plane where the
 * camera sees past their copies.
 */
import type { Size } from "../core/geometry/size.js";
import { mostTexelsCrossed } from "../core/scene/camera.js";
import type { MeshPart } from "../core/scene/mesh/mesh.js";
import { FAR_PLANE_INDICES, type SceneBuffers, type SheetBuffers } from "./scene-buffers.js";
import type { Beyond, SceneProgram, ScenePrograms, Surface } from "./scene-programs.js";
import type { View } from "./view.js";

/**
 * The step of the search where rays cross most texels of the map, in texels; in other places it is
 * shorter. It is the longest with which no scene is farther from the converged picture than with a
 * fixed-step march.
 */
const SEARCH_STEP_TEXELS = 1.6;

export interface Drawn {
  /** Draws the photo's alpha in place of its colors; only of a transparent scene. */
  readonly matte?: boolean;
  /**
   * Whether a later pass reads the disparity in alpha; else alpha means nothing. Soft edges cost a
   * second pass for it.
   */
  readonly disparity?: boolean;
}

/** Draws the scene into the bound framebuffer, which has this size. */
export function drawScene(
  gl: WebGL2RenderingContext,
  programs: ScenePrograms,
  scene: SceneBuffers,
  view: View,
  size: Size,
  { matte = false, disparity = false }: Drawn = {},
): void {
  gl.viewport(0, 0, size.width, size.height);
  gl.enable(gl.DEPTH_TEST);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  if (scene.disparity) {
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, scene.disparity);
  }
  gl.activeTexture(gl.TEXTURE0);
  const longestStep = SEARCH_STEP_TEXELS / mostTexelsCrossed(view.rays, size, scene.mapSize);
  const cutsOut = scene.cutout !== undefined;
  const draw = (parts: readonly MeshPart[], surface: Surface, mirrored: Beyond = "copies") => {
    const mode = { beyond: view.mirror ? mirrored : "black", cutsOut } as const;
    for (const part of parts) {
      const program = programs.of(part.refinement, mode, surface);
      drawPart(gl, program, scene, { ...view, longestStep }, part);
    }
  };
  const bind = ({ mesh, colors, matte: alpha }: SheetBuffers) => {
    gl.bindTexture(gl.TEXTURE_2D, (matte && alpha) || colors);
    gl.bindVertexArray(mesh.array);
    return mesh.parts;
  };
  const solid = disparity ? "solid-disparity" : "solid";
  // The first sheet keeps the pixels where both lie at the same depth.
  gl.depthFunc(gl.LESS);
  for (const sheet of scene.sheets) if (!sheet.isSoft) draw(bind(sheet), solid);
  if (scene.farPlane) {
    gl.bindVertexArray(scene.farPlane.array);
    const firstIndex = FAR_PLANE_INDICES * view.farthest;
    draw([{ refinement: "none", firstIndex, indexCount: FAR_PLANE_INDICES }], solid, "endless");
  }
  gl.depthFunc(gl.LEQUAL);
  for (const sheet of scene.sheets) {
    if (!sheet.isSoft) continue;
    const parts = bind(sheet);
    blended(gl, () => draw(parts, "soft"));
    if (disparity) onlyAlpha(gl, () => draw(parts, "soft-disparity"));
  }
}

/**
 * Blends by the alpha that is drawn, and leaves the alpha of the target, which holds the disparity.
 * The pixels stay at their depth, because what is drawn over a soft edge later is nearer.
 */
function blended(gl: WebGL2RenderingContext, draw: () => void): void {
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
  gl.colorMask(true, true, true, false);
  gl.depthMask(false);
  draw();
  gl.depthMask(true);
  gl.colorMask(true, true, true, true);
  gl.disable(gl.BLEND);
}

function onlyAlpha(gl: WebGL2RenderingContext, draw: () => void): void {
  gl.colorMask(false, false, false, true);
  draw();
  gl.colorMask(true, true, true, true);
}

function drawPart(
  gl: WebGL2RenderingContext,
  { program, uniforms }: SceneProgram,
  { geometry: { halfSides }, cutout }: SceneBuffers,
  { projection, rays, longestStep }: View & { readonly longestStep: number },
  { firstIndex, indexCount }: MeshPart,
): void {
  gl.useProgram(program);
  gl.uniformMatrix4fv(uniforms.projection, false, projection);
  gl.uniform2f(uniforms.halfSides, halfSides.x, halfSides.y);
  gl.uniform1i(uniforms.photo, 0);
  if (uniforms.disparityMap) gl.uniform1i(uniforms.disparityMap, 1);
  if (uniforms.raySlope) gl.uniform4fv(uniforms.raySlope, rays.subarray(4, 8));
  if (uniforms.cutout && cutout) gl.uniform2f(uniforms.cutout, cutout.from, cutout.to);
  if (uniforms.longestStep) gl.uniform1f(uniforms.longestStep, longestStep);
  const offsetBytes = Uint32Array.BYTES_PER_ELEMENT * firstIndex;
  gl.drawElements(gl.TRIANGLES, indexCount, gl.UNSIGNED_INT, offsetBytes);
}

/** The largest rasters that the driver takes, in pixels a side. */
export interface GlLimits {
  /** Of a texture: the photo and the disparity map. */
  readonly textureSidePixels: number;
  /** Of what can be drawn to: a frame. */
  readonly frameSidePixels: number;
}

export function readLimits(gl: WebGL2RenderingContext): GlLimits {
  const textureSidePixels = Number(gl.getParameter(gl.MAX_TEXTURE_SIZE));
  const viewport: Int32Array = gl.getParameter(gl.MAX_VIEWPORT_DIMS);
  const renderbuffer = Number(gl.getParameter(gl.MAX_RENDERBUFFER_SIZE));
  const frameSidePixels = Math.min(textureSidePixels, renderbuffer, ...viewport);
  return { textureSidePixels, frameSidePixels };
}

/**
 * A scene of two sheets. The front sheet is the photo's surface, grown a little beyond each
 * silhouette, where it ends in a soft edge. The back sheet lies behind it wherever the camera can
 * look past a silhouette, and continues the far side's surface and colors.
 */
import type { Size } from "../../geometry/size.js";

/**
 * Both sheets on the texels of the disparity map: row-major [height, width], top row first.
 * Disparity is 16-bit, 65535 nearest.
 */
export interface Layers extends Size {
  /** Disparity of the front sheet, at every texel. */
  readonly front: Uint16Array;
  /**
   * Coverage of the front sheet at every texel: 255 away from silhouettes, 0 at the end of what was
   * grown.
   */
  readonly coverage: Uint8Array;
  /**
   * Between which neighbors the front sheet is cut, so that no triangle connects them: bit 1 to the
   * texel on the right, bit 2 to the texel below.
   */
  readonly cuts: Uint8Array;
  /** Disparity of the back sheet where `hidden` is not 0; other texels have no meaning. */
  readonly back: Uint16Array;
  /** Where the back sheet exists: not 0. */
  readonly hidden: Uint8Array;
}

/** The colors of both sheets on the texels of the photo's texture, top row first. */
export interface LayerColors extends Size {
  /** RGBA [height, width, 4] with straight alpha, which is the coverage of the front sheet. */
  readonly front: Uint8Array;
  /** RGB [height, width, 3]; the photo itself where there is no back sheet. */
  readonly back: Uint8Array;
}

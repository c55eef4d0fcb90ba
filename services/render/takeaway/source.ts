/** What takeaways are made from: the scene of a job at rest, apart from what its camera draws. */
import { clipLayout, type Size } from "../../../core/geometry/size.js";
import type { Vec2 } from "../../../core/scene/camera.js";
import type { SceneSource } from "../../../core/scene/clip/clip-scene.js";
import { clipPath } from "../../../core/scene/clip/clip-states.js";
import { photoHalfSides } from "../../../core/scene/geometry.js";

export interface TakeawaySource {
  /** RGB interleaved, [height, width, 3]. */
  readonly photo: Uint8Array;
  readonly photoSize: Size;
  /** [height, width], 65535 nearest. */
  readonly disparity: Uint16Array;
  readonly disparitySize: Size;
  /** Half sides of the photo on the plane z = 1; the screen's height is 2. */
  readonly halfSides: Vec2;
  /** The largest height of the camera in the clip: some presets begin with 0. */
  readonly height: number;
}

export function takeawaySource(source: SceneSource): TakeawaySource {
  const { spec, photo, photoSize, disparity, disparitySize } = source;
  const { picture } = clipLayout(spec.clip, photoSize);
  return {
    ...{ photo, photoSize, disparity, disparitySize },
    halfSides: photoHalfSides(photoSize, picture.width / picture.height),
    height: clipPath(source).reduce((most, { camera }) => Math.max(most, camera.height), 0),
  };
}

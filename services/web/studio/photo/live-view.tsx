/** The scene as it moves. */
import type { SceneFiles } from "../state/photo.js";
import { StillView } from "./still-view.js";

export interface LiveProps {
  readonly scene: SceneFiles;
  /** Hidden, it keeps its scene. */
  readonly isShown: boolean;
}

export function LiveView(props: LiveProps) {
  return <StillView {...props} />;
}

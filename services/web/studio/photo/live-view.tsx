/** The scene as it moves: drawn by the browser, or by the server where the browser cannot. */
import { useSignal } from "@preact/signals";
import type { SceneFiles } from "../state/photo.js";
import { LiveCanvas } from "./live-canvas.js";
import { StillView } from "./still-view.js";

export interface LiveProps {
  readonly scene: SceneFiles;
  /** Hidden, it keeps its scene. */
  readonly isShown: boolean;
}

export function LiveView(props: LiveProps) {
  const isImpossible = useSignal(false);
  if (isImpossible.value) return <StillView {...props} />;
  return (
    <LiveCanvas
      {...props}
      onImpossible={() => {
        isImpossible.value = true;
      }}
    />
  );
}

/** The scene on a canvas, which a worker draws. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { DepthmeshError } from "../../../../core/errors.js";
import { type LiveScene, openLiveScene } from "../scene/live-scene.js";
import { currentPhoto } from "../state/photo.js";
import { currentSpec } from "../state/spec.js";
import { STRINGS } from "../strings.js";
import type { LiveProps } from "./live-view.js";
import { LookPad } from "./look-pad.js";
import { drawnUpload, liveFacts, liveProblem, moment, motion } from "./stage-state.js";

const { photo: TEXT } = STRINGS;
/** The browser cannot draw, or its driver is gone for good. */
const IMPOSSIBLE = "RENDERER_LOST";

export interface LiveCanvasProps extends LiveProps {
  readonly onImpossible: () => void;
}

export function LiveCanvas({ scene, isShown, onImpossible }: LiveCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const live = useSignal<LiveScene | undefined>(undefined);
  const isLoaded = useSignal(false);

  const fail = (error: unknown) => {
    // The scene was closed while something waited.
    if (error instanceof DOMException && error.name === "AbortError") return;
    if (error instanceof DepthmeshError && error.reason === IMPOSSIBLE) onImpossible();
    else liveProblem.value = error instanceof Error ? error.message : String(error);
  };

  useEffect(() => {
    if (!canvas.current) return;
    try {
      live.value = openLiveScene(canvas.current, {
        picture: () => {
          isLoaded.value = true;
        },
        moment: (tau) => {
          if (motion.peek() === "play") moment.value = tau;
        },
        failed: fail,
      });
    } catch (error) {
      fail(error);
    }
    return () => {
      live.peek()?.close();
      liveFacts.value = undefined;
      drawnUpload.value = undefined;
      liveProblem.value = "";
    };
  }, []);

  useEffect(() => {
    isLoaded.value = false;
    const { photo, depthMap } = scene;
    const upload = currentPhoto.peek()?.upload;
    live
      .peek()
      ?.load({ photo, depthMap, spec: currentSpec.peek() })
      .then((facts) => {
        liveFacts.value = facts;
        liveProblem.value = "";
        isLoaded.value = true;
        drawnUpload.value = upload;
      }, fail);
  }, [scene]);

  useSignalEffect(() => {
    const spec = currentSpec.value;
    if (!isLoaded.value) return;
    live
      .peek()
      ?.setSpec(spec)
      .then((facts) => {
        liveFacts.value = facts;
        liveProblem.value = "";
      }, fail);
  });

  useSignalEffect(() => {
    if (!isLoaded.value) return;
    if (motion.value === "play") live.peek()?.play();
    else if (motion.value === "still") live.peek()?.show(moment.value);
  });

  return (
    <div class="live" hidden={!isShown} data-loaded={isLoaded.value}>
      <canvas ref={canvas} />
      {!isLoaded.value && (
        <p class="scene-hint" role="status">
          {TEXT.building}…
        </p>
      )}
      <LookPad isReady={isLoaded.value} onLook={({ x, y }) => live.peek()?.look(x, y)} />
    </div>
  );
}

/** The clip as pictures that the server draws, for browsers without WebGL 2. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { ProblemError } from "../api/http.js";
import { renderStill } from "../api/previews.js";
import { currentPhoto } from "../state/photo.js";
import { currentSpec } from "../state/spec.js";
import { STRINGS } from "../strings.js";
import type { LiveProps } from "./live-view.js";
import { drawnUpload, moment, motion } from "./stage-state.js";
import { useObjectUrl } from "./use-object-url.js";

const { photo: TEXT } = STRINGS;
const LONGEST_SIDE = 960;
const SETTLED_MS = 120;
/** A step of the clip while it plays. */
const STEP = 1 / 24;

export function StillView({ isShown }: LiveProps) {
  const still = useSignal<Blob | undefined>(undefined);
  const problem = useSignal("");
  useSignalEffect(() => {
    const upload = currentPhoto.value?.upload;
    const spec = currentSpec.value;
    const tau = moment.value;
    if (upload === undefined) return;
    const drawing = new AbortController();
    const { signal } = drawing;
    const draw = async () => {
      try {
        still.value = await renderStill(tau, { upload, spec, longestSide: LONGEST_SIDE, signal });
        problem.value = "";
        drawnUpload.value = upload;
        if (motion.peek() === "play" && !signal.aborted) moment.value = (tau + STEP) % 1;
      } catch (error) {
        if (signal.aborted || !(error instanceof ProblemError)) return;
        problem.value = error.problem.detail;
      }
    };
    const timer = setTimeout(() => void draw(), motion.value === "play" ? 0 : SETTLED_MS);
    return () => {
      clearTimeout(timer);
      drawing.abort();
    };
  });
  const url = useObjectUrl(still.value);
  if (!isShown) return null;
  return (
    <>
      {url && <img class="still" src={url} alt={TEXT.stillAlt} />}
      <p class="scene-hint">{problem.value || TEXT.stills}</p>
    </>
  );
}

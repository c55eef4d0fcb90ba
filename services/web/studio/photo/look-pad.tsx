/**
 * Lies over the picture: the pointer, a finger or the arrow keys move the camera, a click plays and
 * stops the clip. Until somebody does, the camera moves gently by itself.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Vec2 } from "../../../../core/scene/camera.js";
import { STRINGS } from "../strings.js";
import { driftAt, lookOfKey, lookOfPointer, MIDDLE } from "./look-around.js";
import { liveFacts, liveProblem, motion, togglePlay } from "./stage-state.js";

const { photo: TEXT } = STRINGS;
/** A pointer that has gone further than this between down and up has dragged, not clicked. */
const CLICK_PIXELS = 6;
/** Longer than this the camera does not move by itself. */
const DRIFT_SECONDS = 28;

interface LookPadProps {
  readonly isReady: boolean;
  readonly onLook: (look: Vec2) => void;
}

export function LookPad({ isReady, onLook }: LookPadProps) {
  const look = useRef<Vec2>(MIDDLE);
  const downAt = useRef<Vec2 | undefined>(undefined);
  const isTouched = useSignal(false);

  const go = (to: Vec2) => {
    look.current = to;
    onLook(to);
  };
  const turn = (to: Vec2) => {
    isTouched.value = true;
    motion.value = "look";
    go(to);
  };

  useEffect(() => {
    if (!isReady || isTouched.peek() || motion.peek() !== "look" || !mayDrift()) return;
    return drift(go, () => !isTouched.peek() && motion.peek() === "look");
  }, [isReady]);

  const problem = liveProblem.value;
  return (
    <>
      <button
        type="button"
        class="look-pad"
        aria-label={`${TEXT.stage}. ${TEXT.keys}`}
        onPointerDown={({ clientX, clientY }) => {
          downAt.current = { x: clientX, y: clientY };
        }}
        onPointerMove={(event) => {
          const isDragged = event.buttons > 0 && isFar(event, downAt.current);
          if (motion.peek() !== "look" && !isDragged) return;
          const { clientX, clientY, currentTarget } = event;
          turn(lookOfPointer(clientX, clientY, currentTarget.getBoundingClientRect()));
        }}
        onPointerLeave={() => {
          if (motion.peek() === "look" && isTouched.peek()) go(MIDDLE);
        }}
        onClick={(event) => {
          // A click without a pointer is Enter or Space.
          if (event.detail > 0 && isFar(event, downAt.current)) return;
          isTouched.value = true;
          togglePlay();
        }}
        onKeyDown={(event) => {
          const to = lookOfKey(event.key, motion.peek() === "look" ? look.current : MIDDLE);
          if (!to) return;
          event.preventDefault();
          turn(to);
        }}
      />
      {(problem || (isReady && !isTouched.value && motion.value === "look")) && (
        <p class={`scene-hint${problem ? " bad" : ""}`} role={problem ? "alert" : undefined}>
          {problem || TEXT.look}
        </p>
      )}
    </>
  );
}

/** Whoever wants less motion has none, and a processor that draws is not kept busy. */
function mayDrift(): boolean {
  return !matchMedia("(prefers-reduced-motion: reduce)").matches && !liveFacts.peek()?.isSoftware;
}

function drift(go: (look: Vec2) => void, goesOn: () => boolean): () => void {
  const startedAt = performance.now();
  let frame = requestAnimationFrame(function next(now) {
    if (!goesOn()) return;
    const seconds = (now - startedAt) / 1000;
    if (seconds > DRIFT_SECONDS) return;
    go(driftAt(seconds));
    frame = requestAnimationFrame(next);
  });
  return () => cancelAnimationFrame(frame);
}

function isFar({ clientX, clientY }: MouseEvent, from: Vec2 | undefined): boolean {
  return from !== undefined && Math.hypot(clientX - from.x, clientY - from.y) > CLICK_PIXELS;
}

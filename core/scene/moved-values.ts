/**
 * The values of the moved parameters in all frames of a clip. They are exactly those of
 * `framePath`, which also makes everything else that a frame is drawn from: here a clip of 3 600
 * frames costs milliseconds, so that a server can check it while others wait.
 */
import { type FramePathSpec, loopOf } from "./frame-path.js";
import { type FrameState, readState } from "./frame-state.js";
import { loopTau } from "./loop.js";
import { type Component, type Motion, movedValue, WAVES } from "./motion.js";
import { PRESETS } from "./presets.js";

/** One value per frame, by the parameter's path, in the order of the first motions. */
export type MovedValues = ReadonlyMap<string, Float64Array>;

export function movedValues(spec: FramePathSpec, frames: number): MovedValues {
  const loop = loopOf(spec.camera, spec.clip.durationSeconds, frames);
  const taus = Float64Array.from({ length: frames }, (_, frame) => loopTau(loop, frames, frame));
  const below = belowMotions(spec, taus);
  const columns = new Map<string, Float64Array>();
  for (const motion of spec.motions) {
    let column = columns.get(motion.parameter);
    if (!column) {
      // Keyframes and values replace what is below.
      column = motion.kind === "components" ? below(motion.parameter) : new Float64Array(frames);
      columns.set(motion.parameter, column);
    }
    move(column, motion, taus);
  }
  return columns;
}

/** Makes the values of a parameter without motions: the caller's, else the preset's. */
function belowMotions(
  { camera, values }: FramePathSpec,
  taus: Float64Array,
): (parameter: string) => Float64Array {
  let states: FrameState[] | undefined;
  return (parameter) => {
    const given = values[parameter];
    if (given !== undefined) return new Float64Array(taus.length).fill(Number(given));
    states ??= Array.from(taus, (tau) =>
      PRESETS[camera.preset].state(tau + camera.phaseTurns, camera.intensity),
    );
    return Float64Array.from(states, (state) => Number(readState(state, parameter)));
  };
}

function move(column: Float64Array, motion: Motion, taus: Float64Array): void {
  if (motion.kind === "components") {
    for (const component of motion.components) compose(column, component, taus);
    return;
  }
  for (let frame = 0; frame < taus.length; frame++) {
    const moment = { tau: taus[frame] ?? 0, frame };
    column[frame] = movedValue(motion, column[frame] ?? 0, moment);
  }
}

/** One step of `composed` for all frames, with the same arithmetic. */
function compose(column: Float64Array, component: Component, taus: Float64Array): void {
  if (component.kind === "set") {
    column.fill(component.bias);
    return;
  }
  if (component.kind === "add") {
    for (let frame = 0; frame < taus.length; frame++)
      column[frame] = (column[frame] ?? 0) + component.bias;
    return;
  }
  const { kind, amplitude, bias, cycles, phaseTurns, reverse } = component;
  const wave = WAVES[kind];
  for (let frame = 0; frame < taus.length; frame++) {
    const tau = taus[frame] ?? 0;
    const along = reverse ? 1 - tau : tau;
    column[frame] = (column[frame] ?? 0) + bias + amplitude * wave(cycles * along + phaseTurns);
  }
}

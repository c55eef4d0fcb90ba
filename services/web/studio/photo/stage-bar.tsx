/** Below the picture: which view it is, and the way through the clip. */
import { currentPhoto } from "../state/photo.js";
import { STRINGS } from "../strings.js";
import { moment, motion, showMoment, togglePlay, type View, view } from "./stage-state.js";

const { photo: TEXT } = STRINGS;
const VIEWS: readonly (readonly [View, string])[] = [
  ["live", TEXT.live],
  ["photo", TEXT.original],
  ["depth", TEXT.depth],
  ["compare", TEXT.compare],
];

export function StageBar() {
  const isReady = currentPhoto.value?.scene !== undefined;
  const isPlaying = motion.value === "play" && view.value === "live";
  return (
    <figcaption class="scene-bar">
      <fieldset class="segments" disabled={!isReady}>
        <legend class="unseen">{TEXT.views}</legend>
        {VIEWS.map(([name, label]) => (
          <label key={name}>
            <input
              class="unseen"
              type="radio"
              name="view"
              value={name}
              checked={view.value === name}
              onChange={() => {
                view.value = name;
              }}
            />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      <div class="transport">
        <button type="button" class="button small play" disabled={!isReady} onClick={togglePlay}>
          <span aria-hidden="true">{isPlaying ? "❚❚" : "▶"}</span>
          {isPlaying ? TEXT.pause : TEXT.play}
        </button>
        <input
          type="range"
          min={0}
          max={1}
          step={0.01}
          disabled={!isReady}
          value={moment.value}
          aria-label={TEXT.moment}
          ref={(element) => element?.style.setProperty("--filled", `${moment.value * 100}%`)}
          onInput={({ currentTarget }) => showMoment(currentTarget.valueAsNumber)}
        />
      </div>
    </figcaption>
  );
}

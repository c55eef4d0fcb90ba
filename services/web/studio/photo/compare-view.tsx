/** The photo and its depth map in one picture, with an edge between them that can be moved. */
import { useSignal } from "@preact/signals";
import { STRINGS } from "../strings.js";

const { photo: TEXT } = STRINGS;

interface CompareProps {
  readonly photoUrl: string;
  readonly depthUrl: string;
}

export function CompareView({ photoUrl, depthUrl }: CompareProps) {
  const share = useSignal(50);
  return (
    <div
      class="compare"
      ref={(element) => element?.style.setProperty("--share", `${share.value}%`)}
    >
      <img class="still" src={depthUrl} alt={TEXT.depthAlt} />
      <img class="still left" src={photoUrl} alt={TEXT.photoAlt} />
      <span class="edge" aria-hidden="true" />
      <input
        type="range"
        min={0}
        max={100}
        value={share.value}
        aria-label={TEXT.compareLabel}
        onInput={({ currentTarget }) => {
          share.value = currentTarget.valueAsNumber;
        }}
      />
    </div>
  );
}

/** What the page shows before it has a photo: where to drop one, and what will come of it. */
import { useRef } from "preact/hooks";
import { catalogue } from "../state/catalogue.js";
import { STRINGS } from "../strings.js";
import { ChoosePhoto, SampleButton } from "./choose-photo.js";
import { Hills } from "./hills.js";
import { uploadLimitText } from "./limit-text.js";

const { photo: TEXT } = STRINGS;

export function DropPlace() {
  const place = useRef<HTMLElement>(null);
  const limits = catalogue.value?.limits;
  return (
    <section
      ref={place}
      class="drop-place"
      aria-labelledby="drop-title"
      onPointerMove={({ currentTarget, clientX, clientY }) => {
        const { left, top, width, height } = currentTarget.getBoundingClientRect();
        lean(currentTarget, (clientX - left) / width - 0.5, (clientY - top) / height - 0.5);
      }}
      onPointerLeave={({ currentTarget }) => lean(currentTarget, 0, 0)}
    >
      <Hills />
      <div class="drop-words">
        <h2 id="drop-title">{TEXT.dropTitle}</h2>
        <p>{TEXT.dropLead}</p>
        <div class="buttons">
          <ChoosePhoto label={TEXT.choose} isPrimary />
          <SampleButton />
        </div>
        <p class="fine">
          {TEXT.dropHint} {limits && uploadLimitText(limits)}
        </p>
      </div>
    </section>
  );
}

/** Moves the layers of the picture; how far each goes is in the style sheet. */
function lean(element: HTMLElement, x: number, y: number): void {
  element.style.setProperty("--lean-x", x.toFixed(3));
  element.style.setProperty("--lean-y", y.toFixed(3));
}

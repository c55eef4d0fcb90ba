/** Which photo is open, what is being done with it, and how to open another. */
import { CopyButton } from "../controls/copy-button.js";
import { linkOf } from "../spec/spec-text.js";
import { currentPhoto } from "../state/photo.js";
import { currentSpec } from "../state/spec.js";
import { STRINGS } from "../strings.js";
import { ChoosePhoto } from "./choose-photo.js";
import { sizeText } from "./limit-text.js";

export function PhotoBar() {
  const photo = currentPhoto.value;
  if (!photo) return null;
  const { fileName, sizeBytes, scene } = photo;
  const facts = [
    scene && `${scene.width} × ${scene.height}`,
    sizeText(sizeBytes),
    scene?.depthModel && `${STRINGS.photo.depthBy} ${scene.depthModel}`,
  ].filter(Boolean);
  return (
    <div class="photo-bar">
      <div>
        <strong>{fileName}</strong> <span class="fine">{facts.join(" · ")}</span>
      </div>
      <div class="buttons">
        <CopyButton
          label={STRINGS.controls.share}
          textToCopy={() => new URL(linkOf(currentSpec.peek()), document.baseURI).href}
        />
        <ChoosePhoto label={STRINGS.photo.another} />
      </div>
    </div>
  );
}

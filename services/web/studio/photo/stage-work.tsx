/** What is being done with the photo, over its picture; or why it cannot be used. */

import { adviceFor, isWorthTrying } from "../spec/photo-advice.js";
import { currentPhoto, photoWork } from "../state/photo.js";
import { STRINGS } from "../strings.js";
import { ChoosePhoto } from "./choose-photo.js";
import { prepare } from "./open-photo.js";

const { photo: TEXT } = STRINGS;

export function StageWork() {
  const work = photoWork.value;
  switch (work.kind) {
    case "none":
      return null;
    case "uploading":
      return (
        <div class="scene-work" role="status">
          <p>
            {TEXT.uploading} {Math.round(work.sent * 100)}%
          </p>
          <progress class="progress" max={1} value={work.sent} aria-label={TEXT.uploading} />
        </div>
      );
    case "measuring":
      return (
        <div class="scene-work" role="status">
          <p>{TEXT.measuring}…</p>
          <progress class="progress endless" aria-label={TEXT.measuring} />
        </div>
      );
    case "failed": {
      const { detail, reason, status } = work.problem;
      const advice = adviceFor(reason);
      return (
        <div class="scene-work failed" role="alert">
          <strong>{isWorthTrying(status) ? TEXT.notNow : TEXT.failed}</strong>
          <p>
            {detail} {reason && <code class="quiet">{reason}</code>}
          </p>
          {advice && <p>{advice}</p>}
          <div class="buttons">
            {isWorthTrying(status) && canTryAgain() && (
              <button type="button" class="button" onClick={() => void prepare()}>
                {TEXT.again}
              </button>
            )}
            <ChoosePhoto label={TEXT.another} isPrimary />
          </div>
        </div>
      );
    }
  }
}

/** An upload that has expired cannot be sent again after the page was loaded anew. */
function canTryAgain(): boolean {
  const { file, upload } = currentPhoto.value ?? {};
  return file !== undefined || upload !== undefined;
}

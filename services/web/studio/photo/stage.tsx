/** The picture: the scene that moves, the photo, its depth map, or two of them side by side. */
import { currentPhoto, photoWork } from "../state/photo.js";
import { STRINGS } from "../strings.js";
import { CompareView } from "./compare-view.js";
import { LiveView } from "./live-view.js";
import { StageBar } from "./stage-bar.js";
import { drawnUpload, view } from "./stage-state.js";
import { StageWork } from "./stage-work.js";
import { useObjectUrl } from "./use-object-url.js";

const { photo: TEXT } = STRINGS;

export function Stage() {
  const photo = currentPhoto.value;
  const scene = photo?.scene;
  const photoUrl = useObjectUrl(scene?.photo ?? photo?.file);
  const depthUrl = useObjectUrl(scene?.depthMap);
  const isDrawn = photo?.upload !== undefined && drawnUpload.value === photo.upload;
  const isBusy = photoWork.value.kind === "measuring" || photoWork.value.kind === "uploading";
  return (
    <figure class="scene-view" aria-label={TEXT.stage} aria-busy={isBusy}>
      <div
        class="scene-picture"
        ref={(element) => element?.style.setProperty("--aspect", String(aspectOf(scene)))}
      >
        {photoUrl && !isDrawn && (
          <img
            class="still dimmed"
            src={photoUrl}
            alt=""
            onError={({ currentTarget }) => {
              currentTarget.hidden = true;
            }}
          />
        )}
        {scene && photoUrl && depthUrl && (
          <>
            <LiveView scene={scene} isShown={view.value === "live"} />
            {view.value === "photo" && <img class="still" src={photoUrl} alt={TEXT.photoAlt} />}
            {view.value === "depth" && <img class="still" src={depthUrl} alt={TEXT.depthAlt} />}
            {view.value === "compare" && <CompareView photoUrl={photoUrl} depthUrl={depthUrl} />}
          </>
        )}
        <StageWork />
      </div>
      <StageBar />
    </figure>
  );
}

/** Before the scene is there, that of most photos. */
function aspectOf(scene: { width: number; height: number } | undefined): number {
  return scene && scene.height > 0 ? scene.width / scene.height : 3 / 2;
}

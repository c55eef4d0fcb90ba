/** The first page: a photo, the scene that it makes, and everything that can be set about it. */
import { useEffect } from "preact/hooks";
import { ControlPanel } from "../controls/control-panel.js";
import { MakePanel } from "../making/make-panel.js";
import { currentPhoto, photoWork } from "../state/photo.js";
import { STRINGS } from "../strings.js";
import { Abilities } from "./abilities.js";
import { DropPlace } from "./drop-place.js";
import { fileIn } from "./dropped-file.js";
import { openPhoto } from "./open-photo.js";
import { PhotoBar } from "./photo-bar.js";
import { PhotoNotes } from "./photo-notes.js";
import { PresetPicker } from "./preset-picker.js";
import { Stage } from "./stage.js";
import "./photo.css";

export function PhotoPage() {
  useEffect(takePasted, []);
  const photo = currentPhoto.value;
  return (
    <>
      <h2 class="unseen">{STRINGS.photo.heading}</h2>
      {photo ? <Workbench /> : <Welcome />}
    </>
  );
}

function Welcome() {
  return (
    <div class="welcome">
      <DropPlace />
      <MakePanel />
      <Abilities />
    </div>
  );
}

function Workbench() {
  const { scene } = currentPhoto.value ?? {};
  useEffect(() => {
    // The button that had the focus is gone with the first page.
    if (document.activeElement === document.body)
      document.querySelector("main")?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="workbench">
      <div class="workbench-main">
        <PhotoBar />
        <Stage />
        {scene && <PhotoNotes notes={scene.notes} />}
        {photoWork.value.kind !== "failed" && (
          <>
            <PresetPicker />
            <MakePanel />
          </>
        )}
      </div>
      <ControlPanel />
    </div>
  );
}

/** A photo that is pasted anywhere on the page. */
function takePasted(): () => void {
  const paste = ({ clipboardData }: ClipboardEvent) => {
    const file = fileIn(clipboardData);
    if (file) void openPhoto(file, file.name);
  };
  addEventListener("paste", paste);
  return () => removeEventListener("paste", paste);
}

/** Takes files that are dropped anywhere on the page, and says so while they are held over it. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { STRINGS } from "../strings.js";
import { fileIn } from "./dropped-file.js";
import { openPhoto } from "./open-photo.js";

export function DropOverlay() {
  const isOver = useSignal(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      isOver.value = true;
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) isOver.value = false;
    };
    const drop = (event: DragEvent) => {
      isOver.value = false;
      const file = fileIn(event.dataTransfer);
      if (!file) return;
      event.preventDefault();
      location.hash = "#/photo";
      void openPhoto(file, file.name);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
  return (
    <div class="drop-overlay" hidden={!isOver.value}>
      <p>{STRINGS.photo.dropHere}</p>
    </div>
  );
}

/** What the server has to say about the photo and its depth map. */
import type { NoteJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { STRINGS } from "../strings.js";
import { liveFacts } from "./stage-state.js";

/** Of the scene as the browser draws it, too: how far the camera may go, what the map allows. */
export function PhotoNotes({ notes: ofPhoto }: { notes: readonly NoteJson[] }) {
  const ofScene = liveFacts.value?.notes ?? [];
  const notes: readonly Pick<NoteJson, "code" | "message">[] = [...ofPhoto, ...ofScene];
  if (notes.length === 0) return null;
  return (
    <aside class="notice warm photo-notes" aria-label={STRINGS.photo.notes}>
      {notes.map(({ code = "", message = "" }) => (
        <p key={code + message}>
          {message} <code class="quiet">{code}</code>
        </p>
      ))}
    </aside>
  );
}

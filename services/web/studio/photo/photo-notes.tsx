/** What the server has to say about the photo and its depth map. */
import type { NoteJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { STRINGS } from "../strings.js";

export function PhotoNotes({ notes }: { notes: readonly NoteJson[] }) {
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

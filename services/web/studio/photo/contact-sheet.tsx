/** A still of every preset on one sheet; each is a button that chooses its preset. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ProblemError } from "../api/http.js";
import { type ContactSheetFile, renderContactSheet } from "../api/previews.js";
import { cutOf, type SheetPlace, type SheetSize, sheetPlaces } from "../spec/sheet-places.js";
import { currentPhoto } from "../state/photo.js";
import { currentPreset, currentSpec } from "../state/spec.js";
import { specCheck } from "../state/spec-check.js";
import { STRINGS } from "../strings.js";
import { useObjectUrl } from "./use-object-url.js";

const { photo: TEXT } = STRINGS;
const LONGEST_SIDE = 1920;

interface SheetProps {
  readonly onChoose: (preset: string) => void;
  readonly onClose: () => void;
}

export function ContactSheet({ onChoose, onClose }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const sheet = useSignal<ContactSheetFile | undefined>(undefined);
  const problem = useSignal("");
  useEffect(() => {
    dialog.current?.showModal();
    const drawing = new AbortController();
    void draw(drawing.signal).then(
      (drawn) => {
        sheet.value = drawn;
      },
      (error: unknown) => {
        if (error instanceof ProblemError) problem.value = error.problem.detail;
      },
    );
    return () => drawing.abort();
  }, []);
  return (
    <dialog ref={dialog} class="big-dialog sheet" aria-labelledby="sheet-heading" onClose={onClose}>
      <div class="panel-head">
        <h2 id="sheet-heading">{TEXT.sheetTitle}</h2>
        <button type="button" class="button small" onClick={() => dialog.current?.close()}>
          {TEXT.close}
        </button>
      </div>
      {problem.value && <p class="notice bad">{problem.value}</p>}
      {sheet.value ? (
        <Sheet
          sheet={sheet.value}
          onChoose={(preset) => {
            onChoose(preset);
            dialog.current?.close();
          }}
        />
      ) : (
        !problem.value && (
          <div class="sheet-wait" role="status">
            <p class="quiet">{TEXT.sheetWait}</p>
            <progress class="progress endless" aria-label={TEXT.sheetWait} />
          </div>
        )
      )}
    </dialog>
  );
}

async function draw(signal: AbortSignal): Promise<ContactSheetFile | undefined> {
  const upload = currentPhoto.peek()?.upload;
  if (upload === undefined) return undefined;
  const spec = currentSpec.peek();
  return renderContactSheet({ upload, spec, longestSide: LONGEST_SIDE, signal });
}

function Sheet({ sheet, onChoose }: { sheet: ContactSheetFile; onChoose: (name: string) => void }) {
  const url = useObjectUrl(sheet.picture);
  const { plan } = specCheck.value.estimate ?? {};
  const { width = 3, height = 2 } = plan ?? currentPhoto.value?.scene ?? {};
  const places = sheetPlaces(sheet, width / height);
  return (
    <>
      <p class="fine">{TEXT.sheetHint}</p>
      <ul class="sheet-stills">
        {sheet.presets.map((name, i) => (
          <li key={name}>
            <button
              type="button"
              aria-pressed={name === currentPreset.value}
              onClick={() => onChoose(name)}
            >
              <span class="sheet-still" ref={(element) => cutOut(element, url, sheet, places[i])} />
              {name}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Shows one still of the sheet, so that the stills are as large as the window allows. */
function cutOut(
  element: HTMLElement | null,
  url: string | undefined,
  sheet: SheetSize,
  at: SheetPlace | undefined,
): void {
  if (!element || !at || !url) return;
  const { size, position, aspect } = cutOf(sheet, at);
  element.style.aspectRatio = String(aspect);
  element.style.backgroundImage = `url("${url}")`;
  element.style.backgroundSize = size;
  element.style.backgroundPosition = position;
}

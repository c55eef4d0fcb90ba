/** Buttons that open a photo: one from the disk, and the sample. */
import { useRef } from "preact/hooks";
import sampleUrl from "../../../../samples/coffee.png";
import { STRINGS } from "../strings.js";
import { openPhoto } from "./open-photo.js";

const { photo: TEXT } = STRINGS;

export function ChoosePhoto({ label, isPrimary = false }: { label: string; isPrimary?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        class="unseen"
        type="file"
        tabIndex={-1}
        accept="image/*,.heic,.heif,.avif,.tif,.tiff"
        aria-label={label}
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          currentTarget.value = "";
          if (file) void openPhoto(file, file.name);
        }}
      />
      <button
        type="button"
        class={`button ${isPrimary ? "primary" : "small"}`}
        onClick={() => input.current?.click()}
      >
        {label}
      </button>
    </>
  );
}

export function SampleButton() {
  return (
    <button type="button" class="button" onClick={() => void openSample()}>
      {TEXT.sample}
    </button>
  );
}

async function openSample(): Promise<void> {
  const response = await fetch(sampleUrl);
  await openPhoto(await response.blob(), TEXT.sampleName);
}

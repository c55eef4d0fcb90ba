/** The same job as a command, and as calls of both APIs, to copy. */
import { useEffect, useState } from "preact/hooks";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { callJson } from "../api/http.js";
import { STRINGS } from "../strings.js";
import { curlLine, grpcurlLine } from "./api-lines.js";
import { convertCommand } from "./convert-command.js";
import { type PhotoToMake, specToMake } from "./job-request.js";
import { commandLine } from "./shell-words.js";

export interface CopyLinesProps {
  readonly photo: PhotoToMake;
  readonly spec: JobSpecJson;
}

export function CopyLines({ photo, spec }: CopyLinesProps) {
  const words = STRINGS.making;
  const { groups, missing } = convertCommand(photo.fileName, specToMake(spec));
  const base = document.baseURI;
  const [hasKey, setHasKey] = useState(false);
  useEffect(() => {
    callJson<{ readonly signedIn: boolean }>("/session").then(
      ({ signedIn }) => setHasKey(signedIn),
      // The line of a caller without a key is right wherever nobody asks for one.
      () => {},
    );
  }, []);
  return (
    <details class="copy-lines">
      <summary>{words.copyTitle}</summary>
      {missing.length === 0 ? (
        <CopyLine title={words.lines.convert} text={commandLine(groups)} />
      ) : (
        <p class="fine">{words.noCommand(missing.join(", "))}</p>
      )}
      <CopyLine title={words.lines.curl} text={curlLine(photo.fileName, spec, base, hasKey)} />
      <CopyLine title={words.lines.grpc} text={grpcurlLine(photo, spec, hasKey)} />
    </details>
  );
}

function CopyLine({ title, text }: { readonly title: string; readonly text: string }) {
  const words = STRINGS.making;
  const [outcome, setOutcome] = useState<"copied" | "failed" | undefined>(undefined);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
    } catch {
      setOutcome("failed");
    }
  };
  return (
    <div class="copy-line">
      <div class="copy-head">
        <h3>{title}</h3>
        <button
          type="button"
          class="button small"
          aria-label={words.copyLine(title)}
          onClick={() => void copy()}
        >
          {words.copy}
        </button>
        <span role="status">
          {outcome === "copied" && words.copied}
          {outcome === "failed" && words.copyFailed}
        </span>
      </div>
      <pre>
        <code>{text}</code>
      </pre>
    </div>
  );
}

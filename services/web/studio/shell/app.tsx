/** The frame of the studio: the pages, and the way between them. */
import { ErrorsPage } from "../errors/errors-page.js";
import { JobPage } from "../jobs/job-page.js";
import { JobsPage } from "../jobs/jobs-page.js";
import { MeshPage } from "../mesh/mesh-page.js";
import { DropOverlay } from "../photo/drop-overlay.js";
import { PhotoPage } from "../photo/photo-page.js";
import { AwayBanner } from "../session/away-banner.js";
import { KeyDialog } from "../session/key-dialog.js";
import { WhoBadge } from "../session/who-badge.js";
import { STRINGS } from "../strings.js";
import { route } from "./route.js";
import type { Page } from "./route-of.js";

const PAGES: readonly Exclude<Page, "errors">[] = ["photo", "jobs", "mesh"];

export function App() {
  const { page, rest } = route.value;
  return (
    <>
      <header class="bar">
        <button type="button" class="button skip-link" onClick={skip}>
          {STRINGS.shell.skip}
        </button>
        <h1>{STRINGS.shell.title}</h1>
        <nav aria-label={STRINGS.shell.nav}>
          {PAGES.map((each) => (
            <a key={each} href={`#/${each}`} aria-current={each === page ? "page" : undefined}>
              {STRINGS.shell[each]}
            </a>
          ))}
        </nav>
        <WhoBadge />
      </header>
      <main id="main" tabindex={-1}>
        <AwayBanner />
        {page === "photo" && <PhotoPage />}
        {page === "jobs" && (rest[0] ? <JobPage key={rest[0]} id={rest[0]} /> : <JobsPage />)}
        {page === "mesh" && <MeshPage />}
        {page === "errors" && <ErrorsPage reason={rest[0]} />}
      </main>
      <DropOverlay />
      <KeyDialog />
    </>
  );
}

/** A link would do, if the page's address did not say which page it is. */
function skip(): void {
  document.getElementById("main")?.focus();
}

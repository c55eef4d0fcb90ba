/** Every text that the studio shows, by the part of the page that shows it. */
import { CONTROLS_STRINGS } from "./strings/controls.js";
import { ERROR_STRINGS } from "./strings/errors.js";
import { JOB_STRINGS } from "./strings/job.js";
import { JOBS_STRINGS } from "./strings/jobs.js";
import { MAKING_STRINGS } from "./strings/making.js";
import { MESH_STRINGS } from "./strings/mesh.js";
import { ABILITIES_STRINGS, PHOTO_STRINGS } from "./strings/photo.js";
import { SESSION_STRINGS } from "./strings/session.js";
import { TRACE_STRINGS } from "./strings/trace.js";

export const STRINGS = {
  shell: {
    title: "depthmesh studio",
    nav: "Pages",
    skip: "To the content",
    photo: "Photo",
    jobs: "Jobs",
    mesh: "Mesh",
  },
  job: JOB_STRINGS,
  jobs: JOBS_STRINGS,
  trace: TRACE_STRINGS,
  mesh: MESH_STRINGS,
  errors: ERROR_STRINGS,
  making: MAKING_STRINGS,
  photo: PHOTO_STRINGS,
  abilities: ABILITIES_STRINGS,
  controls: CONTROLS_STRINGS,
  session: SESSION_STRINGS,
} as const;

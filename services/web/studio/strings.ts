/** Every text that the studio shows, by the part of the page that shows it. */
import { ERROR_STRINGS } from "./strings/errors.js";
import { JOBS_STRINGS } from "./strings/jobs.js";
import { MAKING_STRINGS } from "./strings/making.js";

export const STRINGS = {
  shell: {
    title: "depthmesh studio",
    nav: "Pages",
    photo: "Photo",
    jobs: "Jobs",
    mesh: "Mesh",
  },
  jobs: JOBS_STRINGS,
  errors: ERROR_STRINGS,
  making: MAKING_STRINGS,
} as const;

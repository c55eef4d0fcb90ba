/** Every text that the studio shows, by the part of the page that shows it. */
export const STRINGS = {
  shell: {
    title: "depthmesh studio",
    nav: "Pages",
    photo: "Photo",
    jobs: "Jobs",
    mesh: "Mesh",
  },
} as const;

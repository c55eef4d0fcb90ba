/** The project's shaders, as texts in the bundle of the page: the files that the services read. */
import type { ShaderSources } from "../../../../drawing/program.js";

const FOLDER = "../../../../shaders/";
const TEXTS = import.meta.glob<string>("../../../../shaders/**/*.{vert,frag,glsl}", {
  query: "?raw",
  import: "default",
  eager: true,
});

export const bundledShaders: ShaderSources = (file) => {
  const text = TEXTS[FOLDER + file];
  if (text === undefined) throw new Error(`there is no shader ${file} in the bundle`);
  return text;
};

/** Entry point of the studio. */
import { render } from "preact";
import { resumeMaking } from "./making/making.js";
import { followDepthSettings, openUpload } from "./photo/open-photo.js";
import { App } from "./shell/app.js";
import { loadCatalogue } from "./state/catalogue.js";
import { keepWork } from "./state/kept-work.js";
import { followSpec } from "./state/spec-check.js";
import { followWho } from "./state/who.js";
import "./styles/base.css";
import "./styles/parts.css";

const place = document.getElementById("app");
if (!place) throw new Error("the page has no place for the studio");
const keptPhoto = keepWork();
if (keptPhoto) void openUpload(keptPhoto);
render(<App />, place);
void loadCatalogue();
followSpec();
followDepthSettings();
followWho();
void resumeMaking();

import { currentPhoto } from "./state/photo.js";
import { currentSpec } from "./state/spec.js";

Object.assign(globalThis, { currentPhoto, currentSpec });

/** Entry point of the studio. */
import { render } from "preact";
import { App } from "./shell/app.js";
import { loadCatalogue } from "./state/catalogue.js";
import "./styles/base.css";

const place = document.getElementById("app");
if (!place) throw new Error("the page has no place for the studio");
render(<App />, place);
void loadCatalogue();

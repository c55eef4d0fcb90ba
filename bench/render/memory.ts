/** Renders a clip of `width height` as the render service does and prints the peak resident set in MiB. */
import { photoHalfSides, visibleCopies } from "../../core/scene/extent.js";
import { withoutEffects } from "../../core/scene/frame-state.js";
import { cameraPath } from "../../core/scene/presets.js";
import { detailOf } from "../../core/scene/quality.js";
import { Renderer } from "../../services/render/renderer.js";
import { madeScenes } from "./scenes.js";

const frame = { width: Number(process.argv[2]), height: Number(process.argv[3]) };
const fail = (why: Error): never => {
  throw why;
};
const [scene] = madeScenes();
if (!scene) throw new Error("no scene");
const renderer = await Renderer.start(fail);
const path = cameraPath({ preset: "horizontal", intensity: 1, phaseTurns: 0 }, 45);
const aspect = frame.width / frame.height;
const halfSides = photoHalfSides(scene.photoSize, aspect);
const open = await renderer.open({
  ...scene,
  frame,
  halfSides,
  copies: visibleCopies(path, aspect, halfSides),
  detail: detailOf("fine", path, frame),
});
const frames = open.frames(withoutEffects(path), new AbortController().signal);
for await (const { bytes } of frames) bytes.at(-1);
await open.close();
process.stdout.write(String(process.resourceUsage().maxRSS / 1024));
process.exit();

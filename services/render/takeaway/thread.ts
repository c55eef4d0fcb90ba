/** The worker thread in which takeaways are made. */
import sharp from "sharp";
import type { TakeawayKind } from "../../../core/spec/artifact-names.js";
import { answerRequests } from "../../../kit/process/thread-client.js";
import type { MadeFile } from "../store-artifacts.js";
import { layersZip } from "./layers-zip.js";
import { normalsPng } from "./normals-png.js";
import { sceneGlb } from "./scene-glb.js";
import { type Sheets, sheetsOf } from "./sheets.js";
import type { TakeawaySource } from "./source.js";
import type { TakeawayCalls } from "./takeaway-thread.js";
import { viewerZip } from "./viewer-zip.js";

// No picture is encoded twice, so that libvips' cache of operations would only hold memory.
sharp.cache(false);

type Maker = (source: TakeawaySource, sheets: () => Sheets) => Promise<MadeFile>;

const MAKERS: Readonly<Record<TakeawayKind, Maker>> = {
  normals: normalsPng,
  scene: ({ height }, sheets) => sceneGlb(sheets(), height),
  viewer: ({ height }, sheets) => viewerZip(sheets(), height),
  layers: ({ height }, sheets) => layersZip(sheets(), height),
};

answerRequests<TakeawayCalls>({ make });

async function make({ kinds, source }: TakeawayCalls["make"]["request"]): Promise<MadeFile[]> {
  let built: Sheets | undefined;
  const sheets = () => {
    built ??= sheetsOf(source);
    return built;
  };
  const files: MadeFile[] = [];
  for (const kind of kinds) files.push(await MAKERS[kind](source, sheets));
  return files;
}

/**
 * `viewer.zip`: a page that shows the scene in a browser, without a network, and moves with the
 * pointer. Everything is in one file, because a page from a disk may not read others.
 */
import { createHash } from "node:crypto";
import type { Size } from "../../../core/geometry/size.js";
import { type CameraState, projection, type Vec2 } from "../../../core/scene/camera.js";
import { visibleExtent } from "../../../core/scene/geometry.js";
import { lookAround, lookingFrom } from "../../../core/scene/look-around.js";
import { type Mesh, VERTEX_FLOATS } from "../../../core/scene/mesh/mesh.js";
import type { MadeFile } from "../store-artifacts.js";
import { type SceneDetail, sceneSheets, type Texture } from "./scene-sheets.js";
import type { Sheets } from "./sheets.js";
import { startViewer, type ViewerScene } from "./viewer-program.js";
import { zipped } from "./zip.js";

const DETAIL: SceneDetail = {
  ...{ meshError: 0.003, maxTriangles: 120_000, quality: 85, maxSidePixels: 1600 },
};
const TITLE = "A photo in depth";

/** How far the pointer moves the camera, of how far the sheets are made for. */
const REACH = 0.7;

export async function viewerZip(sheets: Sheets, height: number): Promise<MadeFile> {
  const surfaces = await sceneSheets(sheets, DETAIL);
  const { width, height: rows } = sheets.colors;
  const scene: ViewerScene = {
    ...{ width, height: rows, projections: viewerProjections(sheets.colors, height) },
    surfaces: surfaces.map(({ mesh, texture, isSoft }) => ({
      ...{ ...packed(mesh), texture: dataUri(texture), isSoft },
    })),
  };
  const page = pageOf(scene, surfaces[0] ? dataUri(surfaces[0].texture) : "");
  const bytes = await zipped([{ name: "viewer/index.html", bytes: page, isCompressed: true }]);
  return { bytes, width, height: rows };
}

/**
 * The camera's matrix at rest, and what it changes with each unit of the pointer: it is linear in
 * the camera's offset. The zoom keeps the photo's edges out of the picture.
 */
export function viewerProjections(photo: Size, height: number): ViewerScene["projections"] {
  const aspect = photo.width / photo.height;
  const half = { x: aspect, y: 1 };
  const zoom = fittingZoom(aspect, half, height);
  const at = (x: number, y: number) => [
    ...projection({ ...lookingFrom(REACH * x, REACH * y, height), zoom }, aspect),
  ];
  const rest = at(0, 0);
  const change = (moved: number[]) => moved.map((value, i) => value - (rest[i] ?? 0));
  return [rest, change(at(1, 0)), change(at(0, 1))];
}

const ZOOM_STEP = 0.01;
const LEAST_ZOOM = 0.7;

function fittingZoom(aspect: number, half: Vec2, height: number): number {
  const corners = lookAround(height).map((state) => ({
    ...state,
    offset: { x: REACH * state.offset.x, y: REACH * state.offset.y },
  }));
  const fits = (path: readonly CameraState[]) => {
    const { minX, maxX, minY, maxY } = visibleExtent(path, aspect, half);
    return Math.max(-minX, maxX, -minY, maxY) <= 1;
  };
  let zoom = 1;
  while (zoom > LEAST_ZOOM && !fits(corners.map((state) => ({ ...state, zoom })))) {
    zoom -= ZOOM_STEP;
  }
  return zoom;
}

function packed({ vertices, indices }: Mesh): { vertices: string; indices: string } {
  const samples = Uint16Array.from(vertices, (value, at) => {
    const axis = at % VERTEX_FLOATS;
    const share = axis === 0 ? (1 + value) / 2 : axis === 1 ? (1 - value) / 2 : value;
    return Math.round(65535 * Math.min(1, Math.max(0, share)));
  });
  return { vertices: base64(samples), indices: base64(indices) };
}

const base64 = ({ buffer, byteOffset, byteLength }: Uint16Array | Uint32Array | Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");

const dataUri = ({ bytes, mediaType }: Texture) => `data:${mediaType};base64,${base64(bytes)}`;

const STYLE = `
html, body { margin: 0; height: 100%; background: #111; }
main { position: relative; margin: auto; touch-action: none; }
img, canvas { position: absolute; width: 100%; height: 100%; }
canvas[hidden] { display: none; }`;

function pageOf(scene: ViewerScene, photo: string): string {
  const script = `(${startViewer})();`;
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`;
  const { width, height } = scene;
  // As large as the window allows, in the photo's aspect.
  const fitted = `aspect-ratio: ${width} / ${height}; width: min(100vw, 100vh * ${width} / ${height}); top: max(0px, (100vh - 100vw * ${height} / ${width}) / 2)`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TITLE}</title>
<style>${STYLE}</style>
</head>
<body>
<main style="${fitted}">
<img src="${photo}" alt="${TITLE}">
<canvas hidden role="img" aria-label="${TITLE}: it moves with the pointer"></canvas>
</main>
<script type="application/json" id="scene">${JSON.stringify(scene)}</script>
<script>${script}</script>
</body>
</html>
`;
}

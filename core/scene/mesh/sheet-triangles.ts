/**
 * Collects triangles of a network, and places them over the photo at the disparities of a sheet.
 */
import type { Size } from "../../geometry/size.js";
import { type Mesh, VERTEX_FLOATS } from "./mesh.js";
import { type NetworkGrid, photoCoordinates } from "./texel-network.js";

const SCALE = 65535;
const NOT_TAKEN = -1;

export class SheetTriangles {
  readonly #grid: NetworkGrid;
  readonly #sheet: Uint16Array;
  /** The vertex and the disparity of each corner. */
  #corners = new Uint32Array(3 * 4096);
  #disparities = new Uint16Array(3 * 4096);
  #length = 0;

  constructor(grid: NetworkGrid, sheet: Uint16Array) {
    this.#grid = grid;
    this.#sheet = sheet;
  }

  get count(): number {
    return this.#length / 3;
  }

  add(a: number, b: number, c: number): void {
    this.#reserve();
    for (const vertex of [a, b, c]) this.#push(vertex, this.#sheet[vertex] ?? 0);
  }

  /**
   * Adds a triangle whose corners below `lowest` or above `highest` are placed at `level`; the
   * others keep the disparity of the sheet.
   */
  addLevelled(
    corners: readonly [number, number, number],
    lowest: number,
    level: number,
    highest = SCALE,
  ): void {
    this.#reserve();
    for (const vertex of corners) {
      const own = this.#sheet[vertex] ?? 0;
      this.#push(vertex, own < lowest || own > highest ? level : own);
    }
  }

  #reserve(): void {
    if (this.#length + 3 <= this.#corners.length) return;
    const [corners, disparities] = [this.#corners, this.#disparities];
    this.#corners = new Uint32Array(2 * corners.length);
    this.#disparities = new Uint16Array(2 * corners.length);
    this.#corners.set(corners);
    this.#disparities.set(disparities);
  }

  #push(vertex: number, disparity: number): void {
    this.#corners[this.#length] = vertex;
    this.#disparities[this.#length++] = disparity;
  }

  /**
   * The triangles over a photo whose map has this size. Those beyond its last texel have no area,
   * and are left out.
   */
  mesh({ width, height }: Size): Mesh {
    const { columns, rows, stride, spacing } = this.#grid;
    const x = photoCoordinates(columns, width, spacing, 1);
    const y = photoCoordinates(rows, height, spacing, -1);
    const numbers = new Int32Array(this.#sheet.length).fill(NOT_TAKEN);
    const vertices = new Float32Array(VERTEX_FLOATS * this.#length);
    const indices = new Uint32Array(this.#length);
    let taken = 0;
    let end = 0;
    const xOf = (vertex: number) => x[vertex % stride] ?? 0;
    const yOf = (vertex: number) => y[Math.floor(vertex / stride)] ?? 0;
    for (let at = 0; at < this.#length; at += 3) {
      const a = this.#corners[at] ?? 0;
      const b = this.#corners[at + 1] ?? 0;
      const c = this.#corners[at + 2] ?? 0;
      const area = (xOf(b) - xOf(a)) * (yOf(c) - yOf(a)) - (xOf(c) - xOf(a)) * (yOf(b) - yOf(a));
      if (area === 0) continue;
      for (let corner = at; corner < at + 3; corner++) {
        const vertex = this.#corners[corner] ?? 0;
        const disparity = this.#disparities[corner] ?? 0;
        const isOwn = disparity === this.#sheet[vertex];
        let number = isOwn ? (numbers[vertex] ?? NOT_TAKEN) : NOT_TAKEN;
        if (number === NOT_TAKEN) {
          number = taken++;
          if (isOwn) numbers[vertex] = number;
          vertices[VERTEX_FLOATS * number] = xOf(vertex);
          vertices[VERTEX_FLOATS * number + 1] = yOf(vertex);
          vertices[VERTEX_FLOATS * number + 2] = disparity / SCALE;
        }
        indices[end++] = number;
      }
    }
    return { vertices: vertices.slice(0, VERTEX_FLOATS * taken), indices: indices.slice(0, end) };
  }
}

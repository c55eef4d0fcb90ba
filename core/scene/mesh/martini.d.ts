/** The package has no types of its own. */
declare module "@mapbox/martini" {
  export interface Tile {
    getMesh(maxError: number): { vertices: Uint16Array; triangles: Uint32Array };
  }
  export default class Martini {
    /** `gridSize` is 2^n + 1. */
    constructor(gridSize: number);
    /** `terrain` has gridSize² values in rows. */
    createTile(terrain: Float32Array): Tile;
  }
}

/** The package has no types of its own. */
declare module "delatin" {
  export default class Delatin {
    /** `heights` has width·height values in rows. */
    constructor(heights: ArrayLike<number>, width: number, height: number);
    /** Insert points until no height is farther than `maxError` from the mesh. */
    run(maxError: number): void;
    /** x and y of each vertex. */
    readonly coords: ArrayLike<number>;
    /** Three vertices a triangle. */
    readonly triangles: ArrayLike<number>;
  }
}

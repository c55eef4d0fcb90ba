/** Types of the package delatin, which has none of its own. */
declare module "delatin" {
  export default class Delatin {
    /** `heights` has width·height values in rows. */
    constructor(heights: ArrayLike<number>, width: number, height: number);
    /** Inserts points until no height is farther than `maxError` from the mesh. */
    run(maxError: number): void;
    /** x and y of each vertex. */
    readonly coords: ArrayLike<number>;
    /** Three vertices per triangle. */
    readonly triangles: ArrayLike<number>;
  }
}

/** Depth options for jobs whose maps are to be made anew. */
let jobs = 0;

/** Other options than any call before, at the same cost: the cache has no map of them. */
export function uncachedDepth(): { readonly rangeLowPercent: number } {
  jobs += 1;
  return { rangeLowPercent: 1 + jobs / 1000 };
}

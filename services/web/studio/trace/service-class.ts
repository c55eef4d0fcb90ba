/** The class that gives the bars of a service their color. */
const COLORED = new Set(["gateway", "depth", "render", "encode", "web"]);

export function serviceClass(service: string): string {
  return COLORED.has(service) ? `of-${service}` : "of-other";
}

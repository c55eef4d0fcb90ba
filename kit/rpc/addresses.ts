/**
 * The address of a server that may be several: `host:port`, a list of them with commas between, or
 * a name that has several addresses. A channel uses the first that answers, and goes to the next
 * when the connection breaks; which calls are repeated then is up to the caller.
 */
import { type ChannelOptions, experimental } from "@grpc/grpc-js";
import { inAnyOrder } from "../network/any-order.js";
import { hostOf } from "../network/host-port.js";
import { isLoopback } from "../network/loopback.js";

type Endpoints = Extract<Parameters<experimental.ResolverListener>[0], { ok: true }>["value"];

const SCHEME = "list";

/** Each host:port in the text, in its order. */
export function addressesIn(text: string): readonly string[] {
  return text
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== "");
}

/** What a gRPC channel is made for. */
export function targetOf(text: string): string {
  const addresses = addressesIn(text);
  return addresses.length > 1 ? `${SCHEME}:${addresses.join(",")}` : (addresses[0] ?? text);
}

/** The same addresses in any order, so that many clients spread over the servers. */
export function shuffled(text: string): string {
  return inAnyOrder(addressesIn(text)).join(",");
}

/** The first address that is not on this machine. */
export function exposedIn(text: string): string | undefined {
  return addressesIn(text).find((address) => !isLoopback(hostOf(address)));
}

/** Each of the addresses with `change` added to its port. */
export function withPortsMoved(text: string, change: number): string {
  const moved = (address: string) =>
    address.replace(/\d+$/, (port) => String(Number(port) + change));
  return addressesIn(text).map(moved).join(",");
}

/** A name that takes longer to be found is not waited for. */
const SLOW_NAME_MS = 300;

/** Finds the addresses of each name in the list; those of the first name come first. */
class ListResolver implements experimental.Resolver {
  readonly #resolvers: experimental.Resolver[];
  /** By the place in the list; undefined until the name was looked up. */
  readonly #found: (Parameters<experimental.ResolverListener>[0] | undefined)[];
  readonly #listener: experimental.ResolverListener;
  #slow: NodeJS.Timeout | undefined;
  #waits = true;

  constructor(
    { path }: experimental.GrpcUri,
    listener: experimental.ResolverListener,
    options: ChannelOptions,
  ) {
    this.#listener = listener;
    const names = path.split(",");
    this.#found = names.map(() => undefined);
    this.#resolvers = names.map((name, index) =>
      experimental.createResolver(
        { scheme: "dns", path: name },
        (found) => {
          this.#found[index] = found;
          return this.#tell();
        },
        options,
      ),
    );
  }

  /** A name that cannot be found, or is found late, hides no other. */
  #tell(): boolean {
    const found = this.#found.filter((each) => each !== undefined);
    const endpoints: Endpoints = found.flatMap((each) => (each.ok ? each.value : []));
    if (found.length < this.#found.length) {
      this.#slow ??= setTimeout(() => {
        this.#waits = false;
        this.#tell();
      }, SLOW_NAME_MS);
      if (this.#waits || endpoints.length === 0) return true;
    }
    const [failed] = found.filter((each) => !each.ok);
    const told = endpoints.length > 0 || !failed;
    return this.#listener(told ? { ok: true, value: endpoints } : failed, {}, null, "");
  }

  updateResolution(): void {
    for (const resolver of this.#resolvers) resolver.updateResolution();
  }

  destroy(): void {
    clearTimeout(this.#slow);
    for (const resolver of this.#resolvers) resolver.destroy();
  }

  /** The name that a certificate must have, unless another one is set. */
  static getDefaultAuthority({ path }: experimental.GrpcUri): string {
    return path.split(",")[0] ?? path;
  }
}

experimental.registerResolver(SCHEME, ListResolver);

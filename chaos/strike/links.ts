import { STAGES } from "../../pipeline/stages.js";
import type { LinkName } from "../plan/fault.js";
import type { MeshPlan } from "../plan/mesh-kind.js";
import { CuttableLink, type Target } from "./link.js";

/** They are cut and healed together. */
export class LinkGroup {
  readonly each: readonly CuttableLink[];

  constructor(each: readonly CuttableLink[]) {
    this.each = each;
  }

  /** host:port of each, with commas between. */
  get address(): string {
    return this.each.map(({ address }) => address).join(",");
  }

  /** Leads each to the target at its place. */
  leadTo(targets: readonly Target[]): void {
    for (const [index, target] of targets.entries()) this.each[index]?.leadTo(target);
  }

  stall(): void {
    for (const link of this.each) link.stall();
  }

  reset(): void {
    for (const link of this.each) link.reset();
  }

  heal(): void {
    for (const link of this.each) link.heal();
  }
}

export class Links {
  readonly #groups: ReadonlyMap<LinkName, LinkGroup>;

  private constructor(groups: ReadonlyMap<LinkName, LinkGroup>) {
    this.#groups = groups;
  }

  /** `nodes`: how many nats-servers a process connects to. */
  static async open({ kind, processes }: MeshPlan, nodes: number): Promise<Links> {
    const { gateway: gateways } = processes;
    const sizes = new Map<LinkName, number>([["client/gateway", gateways]]);
    for (let index = 0; index < gateways; index++) {
      sizes.set(`gateway-${index}/nats`, nodes);
      if (kind === "cluster") sizes.set(`gateway-${index}/s3`, 1);
    }
    for (const stage of STAGES) {
      for (let index = 0; index < processes[stage]; index++) {
        sizes.set(`${stage}-${index}/nats`, nodes);
        sizes.set(`${stage}-${index}/gateway`, gateways);
      }
    }
    for (let index = 0; index < processes.render; index++) {
      sizes.set(`encode/render-${index}`, 1);
    }
    const groups = await Promise.all(
      [...sizes].map(async ([name, size]) => {
        const opened = Array.from({ length: size }, () => CuttableLink.open());
        return [name, new LinkGroup(await Promise.all(opened))] as const;
      }),
    );
    return new Links(new Map(groups));
  }

  get(name: LinkName): LinkGroup {
    const found = this.#groups.get(name);
    if (!found) throw new RangeError(`there is no link ${name}`);
    return found;
  }

  heal(): void {
    for (const group of this.#groups.values()) group.heal();
  }

  async close(): Promise<void> {
    const links = [...this.#groups.values()].flatMap(({ each }) => each);
    await Promise.all(links.map((link) => link.close()));
  }
}

export function parseAddress(address: string): Target {
  const { hostname, port } = new URL(`tcp://${address}`);
  return { host: hostname, port: Number(port) };
}

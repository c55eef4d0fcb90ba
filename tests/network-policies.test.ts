/** Which connections the NetworkPolicies of deploy/kubernetes let through. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Manifest,
  manifestsOf,
  type NetworkPeer,
  type NetworkRule,
  type PolicySpec,
} from "../testing/kubernetes/manifests.js";

/** Who calls whom, on which port: the arrows of ARCHITECTURE.md, and its table of ports. */
const ARROWS = [
  ...["gateway", "depth", "render", "encode"].map((service) => `${service} nats 4222`),
  ...["gateway", "depth", "render", "encode"].map((service) => `${service} gateway 7412`),
  ...["depth", "render", "encode"].map((stage) => `gateway ${stage} 7410`),
  "encode render 7410",
  ...["web gateway 7410", "web gateway 7411"],
  "nats nats 6222",
].sort();

const NAME = "app.kubernetes.io/name";

test("the network lets through the arrows of the mesh from both ends, and nothing else in it", () => {
  const policies = manifestsOf<PolicySpec>("NetworkPolicy", "components", "netpol");
  assert.deepEqual(policies.get("default-deny")?.spec, {
    podSelector: {},
    policyTypes: ["Ingress", "Egress"],
  });
  const ofServices = [...policies.values()].filter(
    ({ spec }) => spec.podSelector.matchLabels?.[NAME],
  );
  const ends = (
    rules: readonly NetworkRule[] = [],
    peers: (rule: NetworkRule) => readonly NetworkPeer[],
  ) =>
    rules.flatMap((rule) =>
      peers(rule).flatMap(({ podSelector, namespaceSelector }) => {
        const name = namespaceSelector ? undefined : podSelector?.matchLabels[NAME];
        return name === undefined ? [] : rule.ports.map(({ port }) => [name, port] as const);
      }),
    );
  const nameOf = ({ spec }: Manifest<PolicySpec>) => spec.podSelector.matchLabels?.[NAME] ?? "";
  const received = ofServices.flatMap((policy) =>
    ends(policy.spec.ingress, ({ from = [] }) => from).map(
      ([from, port]) => `${from} ${nameOf(policy)} ${port}`,
    ),
  );
  const sent = ofServices.flatMap((policy) =>
    ends(policy.spec.egress, ({ to = [] }) => to).map(
      ([to, port]) => `${nameOf(policy)} ${to} ${port}`,
    ),
  );
  assert.deepEqual(received.sort(), ARROWS);
  assert.deepEqual(sent.sort(), ARROWS);
});

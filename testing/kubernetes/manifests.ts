/** The YAML files of deploy/kubernetes as objects, as far as tests look at them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { packagePath } from "../../kit/process/package-path.js";

const ROOT = packagePath("deploy", "kubernetes");

/** The path of a file of deploy/kubernetes. */
export const manifestPath = (...path: string[]) => join(ROOT, ...path);

export interface EnvironmentEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

export interface Probe {
  readonly grpc?: { readonly port: number; readonly service: string };
  readonly httpGet?: { readonly port: number; readonly path: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env: readonly EnvironmentEntry[];
  readonly envFrom: readonly { readonly configMapRef?: { readonly name: string } }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly resources: { readonly limits: Readonly<Record<string, unknown>> };
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly Container[];
  readonly volumes: readonly {
    readonly name: string;
    readonly emptyDir?: { readonly sizeLimit?: string };
  }[];
}

type Selector = { readonly matchLabels: Readonly<Record<string, string>> };

export interface NetworkPeer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
}

export interface NetworkRule {
  readonly from?: readonly NetworkPeer[];
  readonly to?: readonly NetworkPeer[];
  readonly ports: readonly { readonly protocol: string; readonly port: number }[];
}

export interface Trigger {
  readonly type: string;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ScaledObjectSpec {
  readonly scaleTargetRef: { readonly name: string };
  readonly minReplicaCount: number;
  readonly maxReplicaCount: number;
  /** Seconds. */
  readonly cooldownPeriod: number;
  readonly advanced: {
    readonly scalingModifiers: {
      readonly formula: string;
      readonly target: string;
      readonly activationTarget: string;
      readonly metricType: string;
    };
    readonly horizontalPodAutoscalerConfig: {
      readonly behavior: { readonly scaleDown: { readonly stabilizationWindowSeconds: number } };
    };
  };
  readonly triggers: readonly Trigger[];
}

export interface Manifest<Spec = unknown> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: Spec;
}

export interface DeploymentSpec {
  readonly template: { readonly spec: Pod };
}

export interface ServiceSpec {
  readonly ports: readonly { readonly name: string; readonly port: number }[];
}

export interface PolicySpec {
  readonly podSelector: Partial<Selector>;
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly NetworkRule[];
  readonly egress?: readonly NetworkRule[];
}

export interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly images?: readonly { readonly name: string; readonly newTag: string }[];
  readonly configMapGenerator?: readonly {
    readonly name: string;
    readonly literals?: readonly string[];
  }[];
}

/** The objects of one file. */
export function manifestsIn(...path: string[]): readonly Manifest[] {
  const documents = parseAllDocuments(readFileSync(manifestPath(...path), "utf8"));
  return documents.map((document) => document.toJS() as Manifest);
}

/** The objects of one kind in a folder's files, by name. */
export function manifestsOf<Spec>(kind: string, ...folder: string[]): Map<string, Manifest<Spec>> {
  const files = readdirSync(manifestPath(...folder)).filter(
    (file) => file.endsWith(".yaml") && file !== "kustomization.yaml",
  );
  const all = files.flatMap((file) => manifestsIn(...folder, file));
  const found = all.filter((one) => one.kind === kind) as Manifest<Spec>[];
  return new Map(found.map((one) => [one.metadata.name, one]));
}

export function kustomizationOf(...folder: string[]): Kustomization {
  return parse(readFileSync(manifestPath(...folder, "kustomization.yaml"), "utf8"));
}

/** The literals of a config map that a folder makes or changes, by variable. */
export function literalsOf(name: string, ...folder: string[]): Readonly<Record<string, string>> {
  const maps = kustomizationOf(...folder).configMapGenerator ?? [];
  const literals = maps.find((map) => map.name === name)?.literals ?? [];
  return Object.fromEntries(
    literals.map((literal) => {
      const at = literal.indexOf("=");
      return [literal.slice(0, at), literal.slice(at + 1)];
    }),
  );
}

/** The secret and the certificates of a mesh that is started on this machine. */
import { resolve } from "node:path";
import { COMMON_SETTINGS, childEnvironment, readSettings } from "../kit/config.js";
import { createLog } from "../kit/log.js";
import { openAccess, type ProcessAccess } from "../kit/process/access.js";
import type { MeshAccess } from "../kit/rpc/mesh-access.js";
import { newMeshToken, readMeshToken } from "../kit/rpc/mesh-token.js";
import {
  natsCertificatesOf,
  settingsOfSet,
  webSettingsOfSet,
} from "./certificates/certificate-set.js";
import type { NatsCertificates } from "./nats-server.js";

type Settings = Readonly<Record<string, string>>;

/** How callers recognize the ports of a mesh. */
export interface MeshTls {
  /** File with the authorities; undefined for those of Node. */
  readonly ca: string | undefined;
  /** The name in the certificates; undefined for the host of an address. */
  readonly serverName: string | undefined;
}

/** The services log for themselves. */
const SILENT = createLog("silent", { service: "up", worker: "up" });

export class LaunchedAccess {
  /** That of the settings, or the one of an earlier start, or a new one. */
  readonly token: string;
  readonly #folder: string | undefined;
  readonly #process: ProcessAccess;

  /**
   * `folder` has a set of certificates; `environment` are additional settings of every service;
   * `lasting` is the secret of an earlier start, if it lasts.
   * Throws where a setting is wrong, or a certificate cannot be used.
   */
  constructor(folder: string | undefined, environment: Settings = {}, lasting?: string) {
    this.#folder = folder === undefined ? undefined : resolve(folder);
    const { meshToken, meshTokenFile } = COMMON_SETTINGS;
    const given = readSettings({ meshToken, meshTokenFile }, childEnvironment(environment));
    this.token = readMeshToken(given) ?? lasting ?? newMeshToken();
    const settings = childEnvironment({ ...environment, ...this.settingsFor("gateway") });
    this.#process = openAccess(readSettings(COMMON_SETTINGS, settings), SILENT);
  }

  /** What makes a service one of the mesh. */
  settingsFor(name: "gateway" | "worker"): Settings {
    const certificates = this.#folder === undefined ? {} : settingsOfSet(this.#folder, name);
    return { ...certificates, DEPTHMESH_MESH_TOKEN: this.token };
  }

  /** What the web service shows browsers, and how it knows the gateway: it is none of the mesh. */
  settingsForWeb(): Settings {
    return this.#folder === undefined ? {} : webSettingsOfSet(this.#folder);
  }

  /** How to call processes of the mesh as one of them. */
  get mesh(): MeshAccess {
    return this.#process.mesh;
  }

  /** Undefined if its connections are not encrypted. */
  get tls(): MeshTls | undefined {
    const { certificates, mesh } = this.#process;
    return certificates && { ca: certificates.paths.ca, serverName: mesh.serverName };
  }

  /** Undefined if the connections of NATS are not encrypted by the set. */
  get nats(): NatsCertificates | undefined {
    return this.#folder === undefined ? undefined : natsCertificatesOf(this.#folder);
  }

  close(): void {
    this.#process.certificates?.close();
  }
}

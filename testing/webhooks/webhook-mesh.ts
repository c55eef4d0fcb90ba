/** A mesh that makes depth maps, and tells receivers on loopback how its jobs end. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { DepthmeshClient } from "../../client/client.js";
import { packagePath } from "../../kit/process/package-path.js";
import type { Job } from "../../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind, CachePolicy, JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import {
  CreateWebhookRequest,
  type Webhook,
} from "../../proto/gen/depthmesh/v1/webhook_service.js";
import { LOOPBACK_CERTIFICATE } from "../loopback-certificate.js";
import {
  connectToMesh,
  type Fixture,
  type MeshBus,
  SAMPLE,
  startFixture,
  untilEnded,
} from "../mesh/fixture.js";
import { Receivers } from "./receivers.js";

const run = promisify(execFile);
/** How long the gateway tries to deliver a message. */
export const RETRY_SECONDS = 3;

/** Ends after the depth stage, quickly. */
export const DEPTH_SPEC = JobSpec.fromPartial({
  artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH],
  cachePolicy: CachePolicy.CACHE_POLICY_BYPASS,
});

export class WebhookMesh {
  /** How many jobs `ended` has made. */
  jobs = 0;

  readonly fixture: Fixture;
  readonly bus: MeshBus;
  readonly receivers: Receivers;
  /** Holds the authority that the mesh trusts besides those of the system. */
  readonly #folder: string;

  private constructor(fixture: Fixture, bus: MeshBus, receivers: Receivers, folder: string) {
    this.fixture = fixture;
    this.bus = bus;
    this.receivers = receivers;
    this.#folder = folder;
  }

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<WebhookMesh> {
    const folder = await mkdtemp(join(tmpdir(), "depthmesh-webhooks-"));
    const receivers = await Receivers.open();
    let fixture: Fixture | undefined;
    try {
      const authorities = join(folder, "authority.pem");
      await writeFile(authorities, LOOPBACK_CERTIFICATE.cert);
      fixture = await startFixture({
        ...{ render: 0, encode: 0 },
        environment: {
          DEPTHMESH_WEBHOOK_ALLOW: "127.0.0.0/8",
          DEPTHMESH_WEBHOOK_ALLOW_HTTP: "yes",
          DEPTHMESH_WEBHOOK_RETRY_SECONDS: String(RETRY_SECONDS),
          NODE_EXTRA_CA_CERTS: authorities,
          ...environment,
        },
      });
      const bus = await connectToMesh(fixture.mesh);
      return new WebhookMesh(fixture, bus, receivers, folder);
    } catch (error) {
      await fixture?.close();
      receivers.close();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get client(): DepthmeshClient {
    return this.fixture.client;
  }

  /** A webhook to this path of the HTTP receiver. */
  create(path: string, request: Partial<CreateWebhookRequest> = {}): Promise<Webhook> {
    const url = this.receivers.url(path);
    return this.client.createWebhook(CreateWebhookRequest.fromPartial({ url, ...request }));
  }

  /** A job that names these webhooks, when it has ended. Its label `job` is its number. */
  async ended(webhooks: readonly string[] = []): Promise<Job> {
    this.jobs += 1;
    const options = { webhooks, labels: { job: `${this.jobs}` } };
    const files = { photo: SAMPLE };
    const { name } = await this.client.createJobFromFiles(DEPTH_SPEC, files, "", options);
    return untilEnded(this.client, name);
  }

  /** What `depthmesh webhooks` prints on standard output. */
  async command(...args: readonly string[]): Promise<string> {
    const script = packagePath("bin", "depthmesh");
    const address = ["--address", this.fixture.mesh.address];
    const { stdout } = await run(process.execPath, [script, "webhooks", ...args, ...address]);
    return stdout;
  }

  /** What the processes of the mesh have logged. */
  log(): Promise<string> {
    return readFile(join(this.fixture.folder, "data", "mesh.log"), "utf8");
  }

  async close(): Promise<void> {
    await this.bus.bus.close();
    await this.fixture.close();
    this.receivers.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

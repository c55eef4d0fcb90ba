/**
 * WorkerService: what a process says about itself, its spans of a trace, and how it is asked to
 * leave.
 */
import { DepthmeshError } from "../../core/errors.js";
import {
  type DrainRequest,
  type DrainResponse,
  type ReadTraceRequest,
  type ReadTraceResponse,
  type WorkerDescription,
  WorkerServiceService,
} from "../../proto/gen/depthmesh/stage/v1/worker_service.js";
import { unary } from "../rpc/call.js";
import { type RpcService, rpcService } from "../rpc/server.js";
import { countedFacts } from "../telemetry/counters.js";
import { readStoredTrace, traceHash } from "../telemetry/stored-trace.js";
import { VERSION } from "./package-path.js";

/** What a process tells the mesh about itself. */
export type ProcessFacts = Omit<WorkerDescription, "running" | "facts">;

/** A process that the mesh knows of. */
export interface ProcessAnnouncement {
  /** It takes no more work. */
  draining(): void;
  /** It leaves; resolves when the mesh can know. Never rejects. */
  retract(): Promise<void>;
}

/** What Describe asks of a service. */
export interface SelfParts {
  /** Orders it works on at once; 0 for the gateway. */
  readonly slots: number;
  /** Orders it holds now. */
  running(): number;
  /** Facts about the native part. */
  readonly facts: Readonly<Record<string, string>>;
  /** Facts that change while it runs. */
  currentFacts?(): Readonly<Record<string, string>>;
}

export interface SelfOptions {
  readonly name: string;
  /** Unique name of the process. */
  readonly worker: string;
  readonly parts: SelfParts;
  /** Begins the drain, as SIGTERM does. */
  readonly stop: () => void;
  /** Folder of the local trace files. */
  readonly traceFolder: string;
}

export class Self {
  readonly #options: SelfOptions;
  /** host:port at which the mesh reaches this process; known when it listens. */
  address = "";
  #isDraining = false;
  #lost: Error | undefined;

  constructor(options: SelfOptions) {
    this.#options = options;
  }

  /** The drain has begun, after the loss of a native part if there is one. */
  drains(lost: Error | undefined): void {
    this.#isDraining = true;
    this.#lost = lost;
  }

  get facts(): ProcessFacts {
    const { name, worker, parts } = this.#options;
    return {
      ...{ service: name, worker, version: VERSION, address: this.address, slots: parts.slots },
      startTimeMs: Math.round(performance.timeOrigin),
      draining: this.#isDraining,
    };
  }

  get service(): RpcService {
    return rpcService(WorkerServiceService, {
      describe: unary(() => this.#describe()),
      drain: unary((request) => this.#drain(request)),
      readTrace: unary((request) => this.#readTrace(request)),
    });
  }

  #describe(): WorkerDescription {
    const { parts } = this.#options;
    const loss = this.#lost ? { lost: this.#lost.message } : {};
    return {
      ...this.facts,
      running: parts.running(),
      facts: { ...parts.facts, ...parts.currentFacts?.(), ...countedFacts(), ...loss },
    };
  }

  async #readTrace({ traceId, knownSha256 }: ReadTraceRequest): Promise<ReadTraceResponse> {
    const { worker, traceFolder } = this.#options;
    const found = await readStoredTrace(traceFolder, traceId);
    const spans = traceHash(found).equals(knownSha256) ? [] : [...found.lines];
    return { worker, spans, truncated: found.truncated };
  }

  #drain({ worker }: DrainRequest): DrainResponse {
    if (worker !== "" && worker !== this.#options.worker) {
      throw new DepthmeshError("WORKER_NOT_FOUND", "another process answers at this address");
    }
    this.#isDraining = true;
    this.#options.stop();
    return {};
  }
}

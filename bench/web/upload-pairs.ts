/** Uploads through the edge and over gRPC, in turns: the machine's load is that of both. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { FILE_CHUNK_BYTES } from "../../kit/rpc/chunks.js";
import { pidOf } from "../../testing/mesh/fixture.js";
import { processorSeconds } from "../../testing/process-facts.js";
import { atLeast, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { median } from "../../testing/statistics.js";
import type { BenchMesh } from "../bench-mesh.js";
import { uploadRates } from "../gateway/upload-load.js";

const MIB = 2 ** 20;
const UPLOAD_MIB = 60;
const PAIRS = 8;
const SHARE_AIM_PERCENT = 80;
const DATA = randomBytes(FILE_CHUNK_BYTES);

export async function* uploadPairs({ mesh }: BenchMesh): AsyncGenerator<BenchLine> {
  const { address, webAddress } = mesh;
  const pid = mesh.children("web")[0]?.pid;
  if (pid === undefined) throw new Error("the mesh has no web service");
  await uploadRates(address, UPLOAD_MIB, 2);
  await uploadOverHttp(webAddress);
  const rates = { grpc: [] as number[], http: [] as number[] };
  const gateway = pidOf(mesh, "gateway");
  const cost = { web: 0, gateway: 0 };
  for (let pair = 0; pair < PAIRS; pair++) {
    rates.grpc.push(...(await uploadRates(address, UPLOAD_MIB, 1)));
    const before = { web: await processorSeconds(pid), gateway: await processorSeconds(gateway) };
    rates.http.push(await uploadOverHttp(webAddress));
    cost.web += (await processorSeconds(pid)) - before.web;
    cost.gateway += (await processorSeconds(gateway)) - before.gateway;
  }
  const figure = figuresOf("web", `upload of ${UPLOAD_MIB} MiB`);
  yield figure("over gRPC, median", median(rates.grpc), "MiB/s");
  yield figure("through the edge, median", median(rates.http), "MiB/s");
  const perMib = (seconds: number) => (1000 * seconds) / (PAIRS * UPLOAD_MIB);
  yield figure("processor time of a MiB in the edge", perMib(cost.web), "ms");
  yield figure("processor time of a MiB in the gateway", perMib(cost.gateway), "ms");
  const shares = rates.http.map((rate, pair) => (100 * rate) / (rates.grpc[pair] ?? 0));
  yield atLeast("upload through the edge, of gRPC's rate", median(shares), SHARE_AIM_PERCENT, "%");
}

/** MiB per second of one upload, which is removed again. */
async function uploadOverHttp(address: string): Promise<number> {
  const sizeBytes = UPLOAD_MIB * MIB;
  const beganAtMs = performance.now();
  const call = request(`${address}/v1/uploads`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream", "content-length": sizeBytes },
  });
  const answered = once(call, "response");
  for (let at = 0; at < sizeBytes; at += DATA.length) {
    if (!call.write(DATA)) await once(call, "drain");
  }
  call.end();
  const [response] = await answered;
  let text = "";
  for await (const part of response) text += part;
  const seconds = (performance.now() - beganAtMs) / 1000;
  const { name, finished } = JSON.parse(text);
  if (finished !== true) throw new Error(`the upload is not finished: ${text}`);
  await fetch(`${address}/v1/${name}`, { method: "DELETE" });
  return UPLOAD_MIB / seconds;
}

/** DepthService: each method in one line, its work in a file of its own. */
import { bidiStream, unary } from "../../kit/rpc/call.js";
import { type RpcService, rpcService } from "../../kit/rpc/server.js";
import { refuseUnknownFields } from "../../kit/rpc/unknown-fields.js";
import { DepthServiceService } from "../../proto/gen/depthmesh/stage/v1/depth_service.js";
import { depthEstimator, type EstimateRpcParts } from "./estimate-rpc.js";
import type { OpenEngine } from "./inference/open-engine.js";
import { listModels, loadModel, modelStatistics, unloadModel } from "./models-rpc.js";

export function depthServices(parts: EstimateRpcParts & OpenEngine): RpcService[] {
  const estimate = depthEstimator(parts);
  const checked = <Req extends object, Res>(handle: (request: Req) => Promise<Res>) =>
    unary<Req, Res>(async (request) => {
      refuseUnknownFields(request);
      return handle(request);
    });
  return [
    rpcService(DepthServiceService, {
      estimateDepth: bidiStream((requests, { signal }) => estimate(requests, signal)),
      listModels: checked(() => listModels(parts)),
      loadModel: checked(({ name }) => loadModel(parts, name)),
      unloadModel: checked(({ name }) => unloadModel(parts, name)),
      getModelStatistics: checked(() => modelStatistics(parts)),
    }),
  ];
}

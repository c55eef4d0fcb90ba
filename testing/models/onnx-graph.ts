/** Small ONNX graphs for tests, written as protobuf with the field numbers of onnx.proto. */
import { BinaryWriter } from "@bufbuild/protobuf/wire";

const FLOAT = 1;
const INT64 = 7;
const IR_VERSION = 8;
const OPSET = 13;

/** A number is a fixed dimension, a string the name of a dynamic one. */
export type Dim = number | string;

export interface ChannelSumGraph {
  readonly input: { readonly name: string; readonly dims: readonly Dim[] };
  /** Axis of the three channels. */
  readonly axis: number;
  /** Factor of each channel before they are summed. */
  readonly weights: readonly [number, number, number];
  readonly output: { readonly name: string; readonly dims: readonly Dim[] };
  /** Keeps the channel axis, with one entry. */
  readonly keepChannelAxis: boolean;
  /** The output is e to the power of the sum. */
  readonly exponential?: boolean;
  /** Name of a second output, listed first, with the negated values. */
  readonly decoy?: string;
}

/** ONNX bytes of: output = Σ over channels of weight · input. */
export function channelSumGraph(graph: ChannelSumGraph): Uint8Array {
  const { input, output, axis, weights, keepChannelAxis, exponential, decoy } = graph;
  const sum = exponential ? "sum" : output.name;
  const nodes = [
    node("Mul", [input.name, "weights"], "weighted"),
    node("ReduceSum", ["weighted", "axes"], sum, { keepdims: keepChannelAxis ? 1 : 0 }),
    ...(exponential ? [node("Exp", [sum], output.name)] : []),
    ...(decoy ? [node("Neg", [output.name], decoy)] : []),
  ];
  const outputs = [...(decoy ? [decoy] : []), output.name];
  const writer = new BinaryWriter();
  for (const bytes of nodes) writer.tag(1, 2).bytes(bytes);
  writer.tag(2, 2).string("channel-sum");
  writer.tag(5, 2).bytes(floats("weights", [3, 1, 1], weights));
  writer.tag(5, 2).bytes(int64("axes", axis));
  writer.tag(11, 2).bytes(valueInfo(input.name, input.dims));
  for (const name of outputs) writer.tag(12, 2).bytes(valueInfo(name, output.dims));
  return model(writer.finish());
}

/** A model with the contract of Depth Anything V2, in which brighter pixels are nearer. */
export const BRIGHTNESS = channelSumGraph({
  input: { name: "pixel_values", dims: ["b", 3, "h", "w"] },
  ...{ axis: 1, keepChannelAxis: false, weights: [1, 1, 1] },
  output: { name: "predicted_depth", dims: ["b", "h", "w"] },
});

/** The bytes of a model file around those of a GraphProto. */
export function model(graph: Uint8Array): Uint8Array {
  const opset = new BinaryWriter().tag(2, 0).int64(OPSET).finish();
  return new BinaryWriter()
    .tag(1, 0)
    .int64(IR_VERSION)
    .tag(7, 2)
    .bytes(graph)
    .tag(8, 2)
    .bytes(opset)
    .finish();
}

/** A NodeProto with integer attributes. */
export function node(
  type: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number>> = {},
): Uint8Array {
  const writer = new BinaryWriter();
  for (const name of inputs) writer.tag(1, 2).string(name);
  writer.tag(2, 2).string(output).tag(4, 2).string(type);
  for (const [name, value] of Object.entries(attributes)) {
    const attribute = new BinaryWriter().tag(1, 2).string(name).tag(3, 0).int64(value);
    writer.tag(5, 2).bytes(attribute.tag(20, 0).int32(2).finish());
  }
  return writer.finish();
}

/** A float32 TensorProto. */
export function floats(
  name: string,
  dims: readonly number[],
  values: ArrayLike<number>,
): Uint8Array {
  const writer = new BinaryWriter();
  for (const dim of dims) writer.tag(1, 0).int64(dim);
  writer.tag(2, 0).int32(FLOAT).tag(8, 2).string(name);
  return writer
    .tag(9, 2)
    .bytes(new Uint8Array(Float32Array.from(values).buffer))
    .finish();
}

/** An int64 TensorProto of one value. */
export function int64(name: string, value: number): Uint8Array {
  const writer = new BinaryWriter().tag(1, 0).int64(1).tag(2, 0).int32(INT64);
  const raw = new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
  return writer.tag(8, 2).string(name).tag(9, 2).bytes(raw).finish();
}

/** A float32 ValueInfoProto. */
export function valueInfo(name: string, dims: readonly Dim[]): Uint8Array {
  const shape = new BinaryWriter();
  for (const dim of dims) {
    const writer = new BinaryWriter();
    if (typeof dim === "number") writer.tag(1, 0).int64(dim);
    else writer.tag(2, 2).string(dim);
    shape.tag(1, 2).bytes(writer.finish());
  }
  const tensor = new BinaryWriter().tag(1, 0).int32(FLOAT).tag(2, 2).bytes(shape.finish());
  const type = new BinaryWriter().tag(1, 2).bytes(tensor.finish());
  return new BinaryWriter().tag(1, 2).string(name).tag(2, 2).bytes(type.finish()).finish();
}

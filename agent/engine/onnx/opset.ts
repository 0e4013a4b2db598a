/** Numbers of the ONNX format. Source: onnx/onnx.proto and docs/Versioning.md of github.com/onnx/onnx. */

/** `AttributeProto.AttributeType` */
export const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const;

/** The oldest file format that may hold an opset, so that old runtimes read what they can. */
const IR_VERSIONS: readonly { readonly fromOpset: number; readonly irVersion: number }[] = [
  { fromOpset: 21, irVersion: 10 },
  { fromOpset: 19, irVersion: 9 },
  { fromOpset: 15, irVersion: 8 },
];

export function irVersionOf(opset: number): number {
  const found = IR_VERSIONS.find(({ fromOpset }) => opset >= fromOpset);
  if (found === undefined) throw new RangeError(`opset ${opset} is older than any we write`);
  return found.irVersion;
}

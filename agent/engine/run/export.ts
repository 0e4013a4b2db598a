/** The ONNX file of a trained model. */
import { compileExport } from '../compile/export.ts';
import { writeModel } from '../onnx/model.ts';
import type { ParameterTensor, Structure } from '../port.ts';

export function exportModel(
  structure: Structure,
  parameters: readonly ParameterTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const { graph, opset } = compileExport(structure, parameters);
  return writeModel(graph, { opset, metadata });
}

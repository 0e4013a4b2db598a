/** Collects a graph's inputs and outputs together with what each is for. */
import type { Builder } from '../ir/graph.ts';
import type { TensorType, Value } from '../ir/types.ts';
import { finishGraph } from './finish.ts';
import type { CompiledGraph, InputRole, OutputRole, Port } from './signature.ts';
import type { Target } from './target.ts';

export class Ports {
  readonly #builder: Builder;
  readonly #inputs: Port<InputRole>[] = [];
  readonly #outputs: Port<OutputRole>[] = [];

  constructor(builder: Builder) {
    this.#builder = builder;
  }

  input(name: string, type: TensorType, role: InputRole): Value {
    this.#inputs.push({ name, dtype: type.dtype, shape: type.shape, role });
    return this.#builder.input(name, type);
  }

  output(name: string, value: Value, role: OutputRole): void {
    this.#outputs.push({ name, dtype: value.dtype, shape: value.shape, role });
    this.#builder.output(name, value);
  }

  finish(opset: number, target: Target): CompiledGraph {
    return {
      graph: finishGraph(this.#builder.finish(), target),
      signature: { inputs: this.#inputs, outputs: this.#outputs },
      opset,
    };
  }
}

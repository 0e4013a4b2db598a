/** A compiled graph in a session, fed by role and read by role. */
import type { CompiledGraph, InputRole, OutputRole, Signature } from '../compile/signature.ts';
import type { Target } from '../compile/target.ts';
import { elementCount } from '../ir/types.ts';
import { writeModel } from '../onnx/model.ts';
import { openSession, type Session, type Tensor, type Tensors } from './session.ts';

/** Of weights and slots. From here on what sessions would keep between runs is counted in gigabytes. */
const LARGE_STATE_BYTES = 2 ** 28;

export interface CompiledSessionOptions {
  readonly threads: number;
  readonly target: Target;
  /** As in SessionOptions. */
  readonly profileTo?: string;
  /** Whether the state stays in the provider's own memory. */
  readonly keepsState: boolean;
  /** Whether what a model of gigabytes needed in one run goes back to the system before the next. */
  readonly givesMemoryBack: boolean;
}

export class CompiledSession {
  readonly #session: Session;
  readonly #signature: Signature;

  private constructor(session: Session, signature: Signature) {
    this.#session = session;
    this.#signature = signature;
  }

  static async open(
    { graph, signature, opset }: CompiledGraph,
    { target, keepsState, ...given }: CompiledSessionOptions,
  ): Promise<CompiledSession> {
    const states = signature.outputs.filter(({ role }) => role.kind === 'state').map(({ name }) => name);
    const kept = keepsState ? states : [];
    const model = writeModel(graph, { opset });
    const givesMemoryBack = given.givesMemoryBack && bytesOf(signature) >= LARGE_STATE_BYTES;
    const provider = { provider: target.provider, keptOnDevice: kept };
    const session = await openSession(model, { ...given, ...provider, givesMemoryBack });
    return new CompiledSession(session, signature);
  }

  /** Computes the outputs of the kinds named; `supply` has to know every input. */
  async run(
    supply: (role: InputRole) => Tensor | undefined,
    kinds: readonly OutputRole['kind'][],
  ): Promise<RunOutputs> {
    const feeds: Record<string, Tensor> = {};
    for (const { name, role } of this.#signature.inputs) {
      const value = supply(role);
      if (value === undefined) throw new Error(`the graph has an input that nothing supplies: ${JSON.stringify(role)}`);
      feeds[name] = value;
    }
    const wanted = this.#signature.outputs.filter(({ role }) => kinds.includes(role.kind));
    const names = wanted.map(({ name }) => name);
    return new RunOutputs(await this.#session.run(feeds, names), this.#signature);
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

function bytesOf({ inputs }: Signature): number {
  const states = inputs.filter(({ role }) => role.kind === 'state');
  return states.reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0);
}

export class RunOutputs {
  readonly #tensors: Tensors;
  readonly #signature: Signature;

  constructor(tensors: Tensors, signature: Signature) {
    this.#tensors = tensors;
    this.#signature = signature;
  }

  /** The output of this kind, or undefined where the graph has none. */
  get(kind: Exclude<OutputRole['kind'], 'state'>): Tensor | undefined {
    const port = this.#signature.outputs.find(({ role }) => role.kind === kind);
    return port === undefined ? undefined : this.#tensors[port.name];
  }

  *states(): Generator<readonly [name: string, value: Tensor]> {
    for (const { name, role } of this.#signature.outputs) {
      if (role.kind === 'state') yield [role.name, this.#tensors[name] as Tensor];
    }
  }
}

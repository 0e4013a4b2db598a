import { SowerError } from '../kernel/errors.ts';

/** A layer that is impossible where it stands; `layer` is its place (`3`, `3.0.1`), null for the model as a whole. */
export class ModelError extends SowerError {
  readonly layer: string | null;

  constructor(code: string, layer: string | null, message: string, fix: string) {
    super(code, message, { fix });
    this.layer = layer;
  }
}

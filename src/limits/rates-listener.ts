import type { RateKind } from '../hub/rate-options.ts';

/** Callbacks of the rates of one connection. */
export interface RatesListener {
  /** Something was refused. */
  refused(kind: RateKind): void;
  /** The refusal that is one too many: the connection ends (`patience`). */
  exhausted(): void;
}

import type { RateKind } from '../hub/rate-options.ts';

/** Callbacks of the rates of one connection. */
export interface RatesListener {
  /** Something was refused. */
  refused(kind: RateKind): void;
  /** So much was refused within ten seconds that the connection ends (`patience`). */
  exhausted(): void;
}

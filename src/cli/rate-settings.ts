import { z } from 'zod';
import type { Rate, Rates } from '../hub/rate-options.ts';

/** The longest record of a client (`maximumReceiveMessageBytes`): with less at once it could never be sent. */
const LONGEST_RECORD = 32_768;

/** Settings of what one client may send. */
export const RATE_SETTINGS = {
  'rates.calls.perSecond': z.number().min(0).default(20).describe('calls a second of one connection; 0: any number'),
  'rates.calls.burst': z.int().min(1).default(60).describe('calls of one connection at once, after a pause'),
  'rates.bytes.perSecond': z
    .number()
    .min(0)
    .default(65_536)
    .describe('bytes a second of the calls and uploads of one connection; 0: any number'),
  'rates.bytes.burst': z
    .int()
    .min(LONGEST_RECORD)
    .default(1_048_576)
    .describe('bytes of one connection at once, after a pause'),
  'rates.perUserFactor': z
    .number()
    .min(1)
    .default(5)
    .describe('what all connections of a user may send together, as a multiple of one'),
} as const;

type Values = z.infer<z.ZodObject<typeof RATE_SETTINGS>>;

/** How each is written as text, in a flag or in the environment. */
export const RATE_KINDS: Readonly<Record<keyof typeof RATE_SETTINGS, 'number'>> = {
  'rates.calls.perSecond': 'number',
  'rates.calls.burst': 'number',
  'rates.bytes.perSecond': 'number',
  'rates.bytes.burst': 'number',
  'rates.perUserFactor': 'number',
};

/** The option `rates` of all hubs. */
export function ratesOf(settings: Values): Rates {
  const rate = (kind: 'calls' | 'bytes'): { readonly [K in typeof kind]?: Rate } => {
    const perSecond = settings[`rates.${kind}.perSecond`];
    return perSecond === 0 ? {} : { [kind]: { perSecond, burst: settings[`rates.${kind}.burst`] } };
  };
  return { ...rate('calls'), ...rate('bytes'), perUserFactor: settings['rates.perUserFactor'] };
}

import type { Codec } from './codec.ts';

const variants = new WeakMap<Codec, Codec>();

/**
 * Returns the variant of a codec for clients that ask for the positions of messages. It is the same in everything, but
 * messages that have a position are written with it. The lanes of all these clients have the same variant, so that they
 * share frames as other lanes do. A codec whose records have no headers is returned as it is.
 */
export function positionsVariant(base: Codec): Codec {
  if (base.writePosition === undefined) return base;
  let variant = variants.get(base);
  if (variant === undefined) {
    variant = { ...base, base };
    variants.set(base, variant);
  }
  return variant;
}

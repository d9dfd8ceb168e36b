/**
 * Checks of the fields of an item that another node has sent. Each returns undefined for what is not as it should be;
 * whoever reads an item leaves it out then, and counts it.
 */

export function textOf(value: unknown, longest = Number.POSITIVE_INFINITY): string | undefined {
  return typeof value === 'string' && value.length <= longest ? value : undefined;
}

export function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined;
}

/** A whole number that is not negative. */
export function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

/** A name that may have lone surrogates, which MessagePack has not: it is sent as JSON. */
export function writeName(name: string): string {
  return JSON.stringify(name);
}

export function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    const name: unknown = JSON.parse(value);
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined;
  }
}

/** Limits of the hub, see src/hubs/chat.ts. */
export const TEXT_LIMIT = 2_000;
export const NAME_LIMIT = 40;

const HUES = 8;

/** Error text of the hub; undefined for other failures. The server puts the name of the call before it. */
export function refusal(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : '';
  const marker = 'HubException: ';
  const at = message.indexOf(marker);
  return at === -1 ? undefined : message.slice(at + marker.length);
}

/** Text for the user about a failed call. */
export function errorText(error: unknown): string {
  if (error instanceof Error && error.message.startsWith('Failed to invoke')) {
    return refusal(error) ?? 'The server did not accept that.';
  }
  return refusal(error) ?? 'That did not reach the server.';
}

/**
 * A name as the hub shows it, see src/hubs/chat/names.ts: composed, each run of spaces as one, none at its ends. The
 * hub refuses invisible characters.
 */
export function asShown(name: string): string {
  return name
    .normalize('NFC')
    .replace(/\p{Zs}+/gu, ' ')
    .replace(/^ | $/g, '');
}

/** Length of a name in code points, as the hub counts it. */
export function lengthOfName(name: string): number {
  return Array.from(asShown(name)).length;
}

/** Whether two names are the same. The names of two present users never differ in case or width only. */
export function sameName(one: string, other: string): boolean {
  return keyOf(one) === keyOf(other);
}

export function keyOf(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

/** The letter of a user's disc: the first character, which may be more than one code unit. */
export function initial(name: string): string {
  return Array.from(name.trim())[0]?.toUpperCase() ?? '?';
}

/** Colour of a name, the same on every screen. */
export function hueOf(name: string): number {
  let sum = 7;
  for (const character of keyOf(name)) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum % HUES;
}

export function newMessages(count: number): string {
  return count === 1 ? '1 new message' : `${count} new messages`;
}

/** Length and limit as a text; empty while the length is below 80 % of the limit. */
export function room(length: number, limit: number): string {
  return length > limit * 0.8 ? `${length} / ${limit}` : '';
}

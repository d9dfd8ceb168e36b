/** The parts of `/w name text`. Either may be empty while the user types. */
export interface WhisperCommand {
  readonly to: string;
  readonly text: string;
}

/**
 * Reads `/w name text`. Names may contain spaces, so the longest matching name of a present user is taken; `"a name"`
 * in quotes works, too. Otherwise the first word is the name.
 *
 * @returns undefined when the line is not a whisper.
 */
export function readWhisper(line: string, present: Iterable<string>): WhisperCommand | undefined {
  const command = /^\/w(?:\s+(?<rest>.*))?$/su.exec(line.trim());
  if (command === null) return undefined;
  const rest = command.groups?.rest ?? '';
  const quoted = /^"(?<to>[^"]+)"\s*(?<text>.*)$/su.exec(rest);
  if (quoted !== null) return { to: quoted.groups?.to?.trim() ?? '', text: quoted.groups?.text ?? '' };
  const to = longestPrefix(rest, present) ?? /^\S*/u.exec(rest)?.[0] ?? '';
  return { to, text: rest.slice(to.length).trimStart() };
}

/** Whether this line is a whisper: other users do not need to know that it is being typed. */
export function looksPrivate(line: string): boolean {
  return /^\s*\/w(\s|$)/u.test(line);
}

function longestPrefix(rest: string, present: Iterable<string>): string | undefined {
  let longest: string | undefined;
  for (const name of present) {
    const start = rest.slice(0, name.length);
    const ends = rest.length === name.length || /\s/u.test(rest.charAt(name.length));
    if (ends && start.toLowerCase() === name.toLowerCase() && name.length > (longest?.length ?? 0)) longest = name;
  }
  return longest;
}

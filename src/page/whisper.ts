/** What `/w name text` asks for. Either may be empty: whoever types is not done yet. */
export interface WhisperCommand {
  readonly to: string;
  readonly text: string;
}

/**
 * Reads `/w name text`. Names may contain spaces, so the longest name of somebody present wins; `"a name"` in quotes works
 * too, and otherwise the first word is the name.
 *
 * @returns undefined when the line is no whisper.
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

/** Whether this line goes to one person, so that nobody else needs to know that it is being typed. */
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

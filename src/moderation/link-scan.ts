import type { Range } from './clusters.ts';
import { isDomainEnding } from './domain-endings.ts';
import { FoldedText } from './folded-text.ts';

/** What a text must have for a link: a dot or a colon, in whatever form, or something that folds to one. */
const MAY_HAVE_LINK = /[.:\u0080-\uffff]/;
/** Characters between which a link stands. */
const TOKEN = /[^\s\p{Cc}<>"`|]+/gu;
/** A host name, or something that looks like one: labels with dots between them. */
const HOST = /[\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)*/gu;
const SCHEME_CHARACTER = /[a-z0-9+.-]/;
const LETTER = /[a-z]/;
/** Begins a port, a path, a query or a fragment behind a host. */
const GOES_ON = /[:/?#]/;
/** Ends a sentence, or closes a bracket, and is no part of the link in front of it. */
const BEHIND = /[.,;:!?'()[\]{}*]/;
const PORT_OR_PATH = /^[:/][\d/]?/;

/**
 * Finds links: with a scheme (`https://...`), or a host name with a well-known ending (`example.com`, `www...`), in any
 * case and script, with invisible characters in between.
 *
 * The text is read once: it is folded, then split into tokens, and each token into host names. No expression has two ways
 * to match the same characters, so none can try again what it has read.
 */
export function findLinks(text: string): readonly Range[] {
  if (!MAY_HAVE_LINK.test(text)) return [];
  const folded = new FoldedText(text);
  const found: Range[] = [];
  for (const { 0: token, index } of folded.text.matchAll(TOKEN)) {
    for (const { start, end } of linksOf(token))
      found.push({ start: folded.startOf(index + start), end: folded.endOf(index + end - 1) });
  }
  return found;
}

/** The links of a token: in front of each may stand other characters, such as a bracket. */
function* linksOf(token: string): Generator<Range> {
  const scheme = schemeOf(token);
  for (const { 0: host, index } of token.matchAll(HOST)) {
    if (scheme !== undefined && index >= scheme) break;
    const end = index + host.length;
    const goesOn = GOES_ON.test(token[end] ?? '');
    if (!isHost(host, token.slice(end, end + 2))) continue;
    const start = token[index - 1] === '@' ? beginningOfAddress(token, index - 1) : index;
    if (!goesOn) {
      yield { start, end };
      continue;
    }
    yield { start, end: endOf(token, end) };
    return;
  }
  if (scheme !== undefined) yield { start: scheme, end: endOf(token, scheme) };
}

/** Where the first scheme of a token begins, which has `://` behind it, and something behind that. */
function schemeOf(token: string): number | undefined {
  for (let colon = token.indexOf('://'); colon !== -1; colon = token.indexOf('://', colon + 3)) {
    let start = colon;
    while (start > 0 && SCHEME_CHARACTER.test(token[start - 1] as string)) start -= 1;
    while (start < colon && !LETTER.test(token[start] as string)) start += 1;
    if (start < colon && colon + 3 < token.length) return start;
  }
  return undefined;
}

function isHost(host: string, behind: string): boolean {
  const labels = host.split('.');
  if (labels.length < 2) return false;
  if (labels[0] === 'www') return true;
  const ending = labels.at(-1) as string;
  if (isDomainEnding(ending)) return true;
  if (labels.length === 4 && labels.every((label) => /^\d{1,3}$/.test(label))) return PORT_OR_PATH.test(behind);
  // Where words are written without spaces, the next one follows at once.
  const ascii = /^[a-z]+(?=[^\p{ASCII}])/u.exec(ending)?.[0];
  return ascii !== undefined && isDomainEnding(ascii);
}

/** The beginning of an e-mail address, in front of its `@`. */
function beginningOfAddress(token: string, at: number): number {
  let start = at;
  while (start > 0 && /[\p{L}\p{M}\p{N}._%+-]/u.test(token[start - 1] as string)) start -= 1;
  return start;
}

function endOf(token: string, from: number): number {
  let end = token.length;
  while (end > from + 1 && BEHIND.test(token[end - 1] as string)) end -= 1;
  return end;
}

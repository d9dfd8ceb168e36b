import {
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  Parser,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { FileFault, readRegularFile } from './regular-file.ts';
import { faultOfRights } from './secret-files.ts';

/** One key of a file with its value: a plain value, a list of plain values, or `{}` for anything deeper. */
export interface FileEntry {
  readonly name: string;
  readonly value: unknown;
  /** File, line and column of the key. */
  readonly at: string;
}

/**
 * Content of a file. Problems name the place and the kind of fault. They never quote: the file may be the wrong one.
 */
export interface FileContent {
  readonly entries: readonly FileEntry[];
  readonly problems: readonly string[];
  /** What keeps the file from holding a secret; undefined: it may. */
  readonly faultOfRights?: string | undefined;
}

/**
 * Settings are few levels deep. A parser overflows the stack at thousands of levels, and when that happens in a regular
 * expression V8 ends the process.
 */
const MAXIMUM_DEPTH = 20;
/** Characters that no text file holds. */
const BINARY = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

const FAULTS: Partial<Record<YAMLError['code'], string>> = {
  MULTIPLE_DOCS: 'a second document begins, but settings are one',
  TAG_RESOLVE_FAILED: 'a tag, or a value that does not fit its tag; settings have no tags',
  MISSING_CHAR: 'a character is missing, such as a quote, a bracket or a colon',
  BAD_INDENT: 'the indentation is wrong, or a bracket is not closed',
  TAB_AS_INDENT: 'the indentation is wrong: a tab',
};
const NO_YAML = 'no YAML or JSON';

/**
 * Reads a settings file: JSON or YAML, keys with values or lists of values.
 *
 * @param isGroup Whether a key holds further keys, such as `auth`; theirs are then `auth.keys`.
 */
export function readSettingsFile(file: string, isGroup: (name: string) => boolean): FileContent {
  const fault = (at: string, what: string): FileContent => ({ entries: [], problems: [`${at}: ${what}`] });
  let text: string;
  let rights: string | undefined;
  try {
    const bytes = readRegularFile(file, 'no settings are', (status) => {
      rights = faultOfRights(status);
    });
    text = decoded(bytes);
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    return fault(file === '' ? '""' : file, `it cannot be read: ${error.message}`);
  }
  return isTooDeep(text)
    ? fault(file, 'it is nested too deeply, and settings are not')
    : { ...readEntries(file, text, isGroup), faultOfRights: rights };
}

function decoded(bytes: Buffer): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!BINARY.test(text)) return text;
  } catch {
    // Same fault as below.
  }
  throw new FileFault('it is no plain text in UTF-8');
}

/** Whether the text is nested too deeply. Tokens are made without recursion, and are walked without recursion. */
function isTooDeep(text: string): boolean {
  const left: (readonly [token: CST.Token, depth: number])[] = [];
  for (const token of new Parser().parse(text)) left.push([token, 0]);
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [token, depth] = next;
    if (depth > MAXIMUM_DEPTH) return true;
    if (token.type === 'document' && token.value !== undefined) left.push([token.value, depth + 1]);
    for (const { key, value } of 'items' in token ? (token.items as readonly CST.CollectionItem[]) : []) {
      if (key != null) left.push([key, depth + 1]);
      if (value !== undefined) left.push([value, depth + 1]);
    }
  }
  return false;
}

/** Reads the parser's tree as it is: aliases are not expanded, so nothing can be endless. */
function readEntries(file: string, text: string, isGroup: (name: string) => boolean): FileContent {
  const lines = new LineCounter();
  const place = (offset = 0): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  // Repeated keys are found below, in less time than the parser takes.
  const options = { lineCounter: lines, prettyErrors: false, logLevel: 'error', uniqueKeys: false } as const;
  const document = parseDocument(text, options);
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    return { entries: [], problems: [`${place(fault.pos[0])}: ${FAULTS[fault.code] ?? NO_YAML}`] };
  }
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return { entries: [], problems: [] };
  if (!isMap(contents)) {
    return {
      entries: [],
      problems: [`${file}: got ${kindOf(contents)}, expected keys with values, such as "port: 5080"`],
    };
  }
  const entries: FileEntry[] = [];
  const problems: string[] = [];
  const read = (items: readonly Pair[], prefix: string): void => {
    const seen = new Set<string>();
    for (const { key, value } of items) {
      const at = place((key as { readonly range?: readonly number[] } | null)?.range?.[0]);
      const name = isScalar(key) ? `${prefix}${key.value}` : '';
      if (!isScalar(key) || typeof key.value !== 'string') problems.push(`${at}: a key that is no text`);
      else if (seen.has(name)) problems.push(`${at}: a key stands twice`);
      else if (hasAlias(value)) problems.push(`${at}: an alias stands in its value; settings have none`);
      else if (isGroup(name) && isMap(value)) read(value.items as Pair[], `${name}.`);
      else entries.push({ name, value: plain(value), at });
      seen.add(name);
    }
  };
  read(contents.items as Pair[], '');
  return { entries, problems };
}

function hasAlias(node: unknown): boolean {
  return isAlias(node) || (isSeq(node) && node.items.some(isAlias));
}

function plain(node: unknown): unknown {
  return isSeq(node) ? node.items.map(plainItem) : plainItem(node);
}

function plainItem(node: unknown): unknown {
  if (node === null) return null;
  return isScalar(node) ? node.value : {};
}

function kindOf(node: unknown): string {
  if (isSeq(node)) return 'a list';
  return isScalar(node) ? `a ${typeof node.value === 'string' ? 'text' : typeof node.value}` : 'an alias';
}

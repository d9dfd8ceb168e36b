/** A program in a document: one block of TypeScript or JavaScript, and the blocks that continue it. */
export interface DocumentedProgram {
  /** The document and the line of the first block, such as `README.md:64`. */
  readonly at: string;
  readonly file: string;
  readonly code: string;
  /** Other files that the document has named before this program, by their names. */
  readonly files: ReadonlyMap<string, string>;
  /** What the document says that the program prints; undefined: it does not say. */
  readonly output: string | undefined;
}

interface Block {
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

const FENCE = /^( *)```(\w*)\s*$/;
/** The first line of a block that names its file: `// server.js`, or `<!-- index.html -->`. */
const NAMED = /^(?:\/\/|<!--) ([\w.-]+\.(?:js|ts|html))(?: -->)?$/;
const PROGRAMS = ['js', 'ts'];
/** An address at which documents have a server. */
const ADDRESS = /\b(?:127\.0\.0\.1|localhost):(?:5080|3000)\b/;

/**
 * The programs in the blocks of a document.
 *
 * - A block of `ts` or `js` that has an `import` begins a program. A block without one continues the program before it,
 *   and may use everything that stands there.
 * - A block whose first line is a comment with a file name is that file for all programs behind it.
 * - A block of `text` behind a program is what it prints.
 *
 * @throws when a block has no `import`, and no program of its language stands before it, which it could continue.
 */
export function programsOf(document: string, text: string): DocumentedProgram[] {
  const programs: { -readonly [Key in keyof DocumentedProgram]: DocumentedProgram[Key] }[] = [];
  const named = new Map<string, string>();
  for (const { line, language, code } of blocksOf(text)) {
    const [first = ''] = code.split('\n');
    const name = NAMED.exec(first)?.[1];
    const last = programs.at(-1);
    if (PROGRAMS.includes(language)) {
      const at = `${document}:${line}`;
      if (/^import /m.test(code)) {
        const file = name ?? `program.${language}`;
        programs.push({ at, file, code, files: new Map(named), output: undefined });
      } else if (last === undefined || !last.file.endsWith(language)) {
        throw new Error(`${at} continues nothing: no block of this language before it imports.`);
      } else last.code += `\n${code}`;
    } else if (language === 'text' && last !== undefined) last.output ??= code;
    if (name !== undefined) named.set(name, code);
  }
  return programs;
}

/** Whether a program needs a server: it has the address of one, and does not listen itself. */
export function isClient(code: string): boolean {
  return ADDRESS.test(code) && !isServer(code);
}

/** Whether a program listens until it is ended. */
export function isServer(code: string): boolean {
  return /\.listen\(/.test(code) && !isTest(code);
}

/** Whether a program is a test, which ends by itself. */
export function isTest(code: string): boolean {
  return /from 'node:test'/.test(code);
}

/** All blocks, without the indentation of their fences. */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: { readonly indent: number; readonly language: string; readonly line: number; code: string[] } | undefined;
  for (const [at, line] of text.split('\n').entries()) {
    const fence = FENCE.exec(line);
    if (fence === null) open?.code.push(line.slice(open.indent));
    else if (open === undefined) {
      open = { indent: (fence[1] ?? '').length, language: fence[2] ?? '', line: at + 1, code: [] };
    } else {
      blocks.push({ line: open.line, language: open.language, code: open.code.join('\n') });
      open = undefined;
    }
  }
  return blocks;
}

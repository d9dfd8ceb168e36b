/** A program in a document: one TypeScript block, and the blocks that continue it. */
export interface DocumentedProgram {
  /** The document and the line of the first block, such as `README.md:64`. */
  readonly at: string;
  readonly code: string;
}

interface Block {
  readonly line: number;
  readonly code: string;
}

const FENCE = /^( *)```(\w*)\s*$/;

/**
 * The programs in the TypeScript blocks of a document. A block that has an `import` begins a program. A block without
 * one is a fragment: it continues the program before it, and may use everything that stands there.
 *
 * @throws when the first TypeScript block of a document has no `import`: there is nothing that it could continue.
 */
export function programsOf(document: string, text: string): DocumentedProgram[] {
  const programs: { at: string; code: string }[] = [];
  for (const { line, code } of blocksOf(text, 'ts')) {
    const last = programs.at(-1);
    if (/^import /m.test(code)) programs.push({ at: `${document}:${line}`, code });
    else if (last === undefined) throw new Error(`${document}:${line} continues nothing: no block before it imports.`);
    else last.code += `\n${code}`;
  }
  return programs;
}

/** Blocks of one language, without the indentation of their fences. */
function blocksOf(text: string, language: string): Block[] {
  const blocks: Block[] = [];
  let open: { readonly indent: number; readonly language: string; readonly line: number; code: string[] } | undefined;
  for (const [at, line] of text.split('\n').entries()) {
    const fence = FENCE.exec(line);
    if (fence === null) open?.code.push(line.slice(open.indent));
    else if (open === undefined) {
      open = { indent: (fence[1] ?? '').length, language: fence[2] ?? '', line: at + 1, code: [] };
    } else {
      if (open.language === language) blocks.push({ line: open.line, code: open.code.join('\n') });
      open = undefined;
    }
  }
  return blocks;
}

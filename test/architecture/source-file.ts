import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { type Argument, type Expression, parseSync, type Statement, Visitor } from 'oxc-parser';

export interface Import {
  /** The specifier as written: 'ws', 'node:http', '../errors.ts'. */
  readonly specifier: string;
  /** Path of the imported file from the root of the repository; undefined for a package. */
  readonly file: string | undefined;
  /** Whether the import is erased at compile time. */
  readonly isType: boolean;
}

/** Facts about a file that the rules need. */
export interface SourceFile {
  /** Path from the root of the repository, with slashes. */
  readonly path: string;
  readonly lineCount: number;
  readonly imports: readonly Import[];
  /** Whether all statements are imports, and exports of what other files declare. */
  readonly isBarrel: boolean;
  readonly readsEnvironment: boolean;
  /** Expressions that read a clock, as they stand in the file: `Date.now`, `new Date()`, `performance.now`. */
  readonly clockReads: readonly string[];
  /** Log calls whose text is computed at run time, as they stand in the file. */
  readonly computedLogTexts: readonly string[];
}

/** All TypeScript files below these folders of the repository, sorted by name. */
export function readSources(folders: readonly string[]): readonly SourceFile[] {
  const root = new URL('../../', import.meta.url);
  return folders.flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.ts'))
      .sort()
      .map((path) => sourceFile(path, readFileSync(new URL(path, root), 'utf8'))),
  );
}

export function sourceFile(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0)
    throw new Error(`${path} cannot be parsed: ${errors.map(({ message }) => message).join('; ')}`);
  const imports: Import[] = [];
  let readsEnvironment = false;
  const computedLogTexts: string[] = [];
  const clockReads: string[] = [];

  const add = (source: Expression, isType: boolean): void => {
    if (source.type !== 'Literal' || typeof source.value !== 'string') {
      throw new Error(`${path} imports a name that it computes: nobody can check which layer that is.`);
    }
    const specifier = source.value;
    const file = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
    imports.push({ specifier, file, isType });
    if (/^(node:)?process$/.test(specifier)) readsEnvironment = true;
  };
  new Visitor({
    ImportDeclaration: ({ source, importKind }) => add(source, importKind === 'type'),
    ExportNamedDeclaration: ({ source, exportKind }) => source !== null && add(source, exportKind === 'type'),
    ExportAllDeclaration: ({ source, exportKind }) => add(source, exportKind === 'type'),
    ImportExpression: ({ source }) => add(source, false),
    TSImportType: ({ source }) => add(source, true),
    NewExpression: ({ callee, arguments: args, start, end }) => {
      if (args.length === 0 && isGlobal(callee, 'Date')) clockReads.push(text.slice(start, end));
    },
    CallExpression: ({ callee, arguments: args, start, end }) => {
      if (isGlobal(callee, 'Date')) clockReads.push(text.slice(start, end));
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return;
      if (!/^(debug|info|warn|error)$/.test(callee.property.name) || !isLog(callee.object)) return;
      const [, line] = args;
      if (line !== undefined && !isConstantText(line)) computedLogTexts.push(text.slice(start, end));
    },
    MemberExpression: ({ object, property, start, end }) => {
      const name = property.type === 'Literal' ? property.value : 'name' in property ? property.name : undefined;
      if (name === 'env' && isGlobal(object, 'process')) readsEnvironment = true;
      if (name === 'now' && isClock(object)) clockReads.push(text.slice(start, end));
    },
    // `const { env } = process`
    VariableDeclarator: ({ id, init, start, end }) => {
      if (id.type !== 'ObjectPattern' || init === null) return;
      if (isGlobal(init, 'process')) readsEnvironment = true;
      if (isClock(init)) clockReads.push(text.slice(start, end));
    },
  }).visit(program);

  return {
    path,
    lineCount: text.replace(/\n$/, '').split('\n').length,
    imports,
    isBarrel: program.body.some(exportsOnly) && program.body.every((it) => importsOnly(it) || exportsOnly(it)),
    readsEnvironment,
    clockReads,
    computedLogTexts,
  };
}

/** Whether an expression is `log`, `hub.log` or `this.#log`. */
function isLog(node: Expression): boolean {
  const name = node.type === 'MemberExpression' ? node.property : node;
  return (name.type === 'Identifier' || name.type === 'PrivateIdentifier') && name.name === 'log';
}

function isConstantText(node: Argument): boolean {
  if (node.type === 'ConditionalExpression') return isConstantText(node.consequent) && isConstantText(node.alternate);
  return node.type === 'Literal' && typeof node.value === 'string';
}

/** Whether an expression is a global, such as `process` or `globalThis.process`. */
function isGlobal(node: Expression, name: string): boolean {
  if (node.type === 'Identifier') return node.name === name;
  return node.type === 'MemberExpression' && node.property.type === 'Identifier' && node.property.name === name;
}

function isClock(node: Expression): boolean {
  return isGlobal(node, 'Date') || isGlobal(node, 'performance');
}

function importsOnly(statement: Statement): boolean {
  return statement.type === 'ImportDeclaration';
}

function exportsOnly(statement: Statement): boolean {
  if (statement.type === 'ExportAllDeclaration') return true;
  return statement.type === 'ExportNamedDeclaration' && statement.declaration === null;
}

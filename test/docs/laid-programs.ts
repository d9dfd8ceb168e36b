// Programs of documents as files, each in a folder of its own, beside the package as users install it.
import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type DocumentedProgram, isClient, isServer } from './code-blocks.ts';
import { type End, RunningProgram } from './running-program.ts';

const root = resolve(import.meta.dirname, '../..');

const SETTINGS = {
  extends: join(root, 'tsconfig.json'),
  // An example may declare a hub and not mount it.
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, noEmit: false },
  include: ['*/*.ts'],
  exclude: [],
};

/** `signalbox serve --inspect`, as a program. The module ends with the server, so it is not awaited. */
const STANDALONE: DocumentedProgram = {
  at: 'signalbox',
  file: 'program.js',
  code: `process.argv.push('serve', '--port', '0', '--inspect');
import('./node_modules/signalbox/dist/src/cli/main.js');`,
  files: new Map(),
  output: undefined,
};

export class LaidPrograms {
  readonly #folder: string;
  readonly #programs: readonly DocumentedProgram[];
  #copies = 0;

  /**
   * Writes all programs.
   *
   * @param folder Its `node_modules` has the package.
   */
  constructor(folder: string, programs: readonly DocumentedProgram[]) {
    this.#folder = folder;
    this.#programs = programs;
    for (const { at, file, code, files } of [...programs, STANDALONE]) {
      const own = join(folder, nameOf(at));
      mkdirSync(own);
      for (const [name, text] of [...files, [file, code] as const]) writeFileSync(join(own, name), text);
      symlinkSync('../node_modules', join(own, 'node_modules'));
    }
  }

  /** Makes JavaScript of TypeScript. Resolves with the output of the compiler; empty: all compile. */
  compile(): Promise<string> {
    writeFileSync(join(this.#folder, 'tsconfig.json'), JSON.stringify(SETTINGS));
    const args = [join(root, 'node_modules/typescript/bin/tsc'), '-p', this.#folder, '--pretty', 'false'];
    return new Promise((resolve, reject) => {
      execFile(process.execPath, args, { cwd: this.#folder }, (error, stdout, stderr) => {
        // The compiler ends with 1 or 2 when a program is wrong.
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve(stdout + stderr);
      });
    });
  }

  /**
   * Runs a program until it has come to its end and listens, and ends it. A client runs against the server that stands
   * before it in its document, or else against the standalone server.
   *
   * @returns the end of the program, and that of its server, if it is a client.
   */
  async run(program: DocumentedProgram): Promise<readonly [End, ...End[]]> {
    if (!isClient(program.code)) return [await this.#start(program, 0).end()];
    const server = this.#start(this.#serverFor(program), 0);
    const port = await server.ready;
    if (port === undefined) throw new Error(`${program.at}: its server has ended: ${(await server.ended).stderr}`);
    return [await this.#start(program, port).end(), await server.end()];
  }

  #start(program: DocumentedProgram, port: number): RunningProgram {
    const from = join(this.#folder, nameOf(program.at));
    this.#copies += 1;
    return new RunningProgram(from, `${from}-${this.#copies}`, {
      file: program.file.replace(/ts$/, 'js'),
      port,
      isServer: program === STANDALONE || isServer(program.code),
    });
  }

  #serverFor(client: DocumentedProgram): DocumentedProgram {
    const document = client.at.slice(0, client.at.indexOf(':') + 1);
    const before = this.#programs.slice(0, this.#programs.indexOf(client));
    return before.findLast(({ at, code }) => at.startsWith(document) && isServer(code)) ?? STANDALONE;
  }
}

/** The name of the folder for a place: `docs/hubs.md:7` is `docs-hubs-md-7`. */
export function nameOf(at: string): string {
  return at.replace(/\W+/g, '-');
}

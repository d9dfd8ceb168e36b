// Every program of this repository that a person may start says how to use it, and what is wrong with its arguments.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import { describe, expect, test } from 'vitest';
import { OF_TOOLS, OTHERS, PROGRAMS, ROOT, STARTED_BY_OTHERS } from './programs.ts';
import { runOther, runProgram } from './running.ts';

/** Files in TypeScript below these folders, without tests. */
function sourcesIn(...folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.ts$/.test(name) && !/\.(?:test|long)\.ts$/.test(name))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
  );
}

/** Files that a file imports, except for types alone. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8').replaceAll(/^(?:im|ex)port type [^;]*;/gm, '');
  const found = text.matchAll(/(?:from|import|import\() ?'(\.[^']+)'/g);
  return Array.from(found, ([, path = '']) => posix.join(posix.dirname(file), path));
}

/** What a file does when it is loaded, but declare. */
function statementsOf(file: string) {
  const { program } = parseSync(file, readFileSync(join(ROOT, file), 'utf8'));
  return program.body.filter(({ type }) => !/^(?:Import|Export|Function|Variable|Class|TS)/.test(type));
}

describe('every program', () => {
  test('of an npm script, of a folder of programs, and of the examples is tested here', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const commands = Object.values<string>(scripts).flatMap((script) => script.split(' && '));
    const files = commands
      .filter((command) => !OF_TOOLS.test(command))
      .map(
        (command) => /^(?:tsx|node) (\S+)/.exec(command)?.[1]?.replace(/^bench\/dist\/(.*)\.js$/, '$1.ts') ?? command,
      );
    expect(files).toContain('bench/main.ts');
    expect(files.filter((file) => !(file in PROGRAMS))).toEqual([]);

    const imported = new Set(sourcesIn('scripts', 'bench', 'test', 'src').flatMap(importsOf));
    const alone = sourcesIn('scripts', 'bench', 'test/mutants', 'test/original').filter(
      (file) => !imported.has(file) && statementsOf(file).length > 0,
    );
    expect(alone.toSorted()).toEqual([...Object.keys(PROGRAMS), ...STARTED_BY_OTHERS].toSorted());

    const scriptsOf = (folder: string) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`);
    const others = [...scriptsOf('examples'), ...scriptsOf('.ci')].filter((file) => !/\.(?:html|conf)$/.test(file));
    expect(others.toSorted()).toEqual(Object.keys(OTHERS).toSorted());
  });

  test.each(Object.keys(PROGRAMS))('%s does nothing at its start but read its arguments', (file) => {
    expect(statementsOf(file)).toMatchObject([
      { expression: { type: 'AwaitExpression', argument: { callee: { type: 'Identifier', name: 'start' } } } },
    ]);
  });

  test.each([...Object.keys(PROGRAMS), ...Object.keys(OTHERS)])('%s explains itself', async (file) => {
    for (const flag of ['--help', '-h']) {
      const { stdout, stderr, exitCode } = await (file in OTHERS ? runOther : runProgram)(file, [flag]);
      expect(stdout).toMatch(/^Usage: .*\n\n.*\n\n {2}.*-h, --help +print this text, and do nothing else\n/s);
      expect(stdout.split('\n').filter((line) => line.length > 120)).toEqual([]);
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    }
  });
});

describe('a wrong argument', () => {
  const cases = Object.entries(PROGRAMS).flatMap(([file, wrong]) =>
    wrong.map(([args, says]) => ({ file, line: args.join(' ').replaceAll(ROOT, '...'), args, says })),
  );
  test.each(cases)('of $file: $line', async ({ file, args, says }) => {
    expect(await runProgram(file, args)).toEqual({ stdout: '', stderr: `${says}\n`, exitCode: 2 });
  });

  test.each(['here', '--fast'])('of .ci/run: %s', async (word) => {
    const stderr = `.ci/run: it takes no arguments but --help, not '${word}'\n`;
    expect(await runOther('.ci/run', [word])).toEqual({ stdout: '', stderr, exitCode: 2 });
  });
});

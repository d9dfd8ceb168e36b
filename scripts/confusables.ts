import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readNamedFile, start, UsageError } from './program.ts';

const TARGET = fileURLToPath(new URL('../src/hubs/chat/confusables-data.ts', import.meta.url));
const COLUMNS = 200;
const EXPECTED = 'the confusables.txt of Unicode';

await start(
  {
    command: 'npx tsx scripts/confusables.ts',
    about: `Writes src/hubs/chat/confusables-data.ts from the confusables.txt of Unicode, at PATH. Unicode publishes the file
with each version as security/confusables.txt; the sources of ICU contain it, too.`,
    options: {},
    words: { name: 'PATH', least: 1, most: 1 },
  },
  ({ words: [path = ''] }) => write(path),
);

function write(path: string): void {
  const source = readNamedFile(path, EXPECTED);
  const version = /^# Version: (\S+)/m.exec(source)?.[1];
  if (version === undefined) throw new UsageError(`${path} has no line '# Version: X'; expected is ${EXPECTED}.`);
  const listed = listedIn(source);
  const byPrototype = byPrototypeOf(listed);
  writeFileSync(TARGET, moduleOf(version, linesOf(byPrototype)));
  console.log(`${TARGET}: ${byPrototype.size} prototypes of Unicode ${version}`);
}

/** The prototype of each character, as in the file. */
function listedIn(source: string): ReadonlyMap<string, string> {
  const listed = new Map<string, string>();
  for (const [, from = '', to = ''] of source.matchAll(/^([0-9A-F]+) ;\t([0-9A-F ]+) ;\tMA/gm)) {
    listed.set(textOf(from), textOf(to).normalize('NFD'));
  }
  return listed;
}

/** The characters that look like a prototype, by prototype. */
function byPrototypeOf(listed: ReadonlyMap<string, string>): ReadonlyMap<string, readonly number[]> {
  const byPrototype = new Map<string, number[]>();
  for (const [character, to] of listed) {
    // Names are decomposed before the look-up, so characters that decompose are never looked up.
    if (character.normalize('NFD') !== character) continue;
    const prototype = settled(listed, to);
    byPrototype.set(prototype, [...(byPrototype.get(prototype) ?? []), character.codePointAt(0) as number]);
  }
  return byPrototype;
}

/**
 * The prototype with all its characters replaced by their own prototypes. A few prototypes of the file contain a character
 * that the file lists; without this a skeleton would have another skeleton.
 */
function settled(listed: ReadonlyMap<string, string>, prototype: string): string {
  const next = Array.from(prototype, (character) => listed.get(character) ?? character)
    .join('')
    .normalize('NFD');
  return next === prototype ? prototype : settled(listed, next);
}

function textOf(codes: string): string {
  return String.fromCodePoint(...codes.split(' ').map((code) => Number.parseInt(code, 16)));
}

function linesOf(byPrototype: ReadonlyMap<string, readonly number[]>): readonly string[] {
  const entries = Array.from(byPrototype, ([prototype, codes]) => {
    const steps = codes.toSorted((a, b) => a - b).map((code, at, all) => (code - (all[at - 1] ?? 0)).toString(36));
    return `${Array.from(prototype, (character) => character.codePointAt(0)?.toString(36)).join('+')}:${steps.join(',')}`;
  });
  const lines: string[] = [];
  let line = '';
  for (const entry of entries) {
    if (line !== '' && line.length + entry.length >= COLUMNS) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? entry : ` ${entry}`;
  }
  return [...lines, line];
}

/** Source of the module with the data. */
function moduleOf(version: string, lines: readonly string[]): string {
  return `// Made by scripts/confusables.ts: characters that look alike, of Unicode ${version} (confusables.txt of UTS #39).
//
// UNICODE, INC. LICENSE AGREEMENT - DATA FILES AND SOFTWARE
//
// Copyright © 1991-2022 Unicode, Inc. All rights reserved.
// Distributed under the Terms of Use in https://www.unicode.org/copyright.html.
//
// Permission is hereby granted, free of charge, to any person obtaining a copy of the Unicode data files and any associated
// documentation (the "Data Files") or Unicode software and any associated documentation (the "Software") to deal in the Data
// Files or Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
// distribute, and/or sell copies of the Data Files or Software, and to permit persons to whom the Data Files or Software are
// furnished to do so, provided that either (a) this copyright and permission notice appear with all copies of the Data Files
// or Software, or (b) this copyright and permission notice appear in associated Documentation.
//
// THE DATA FILES AND SOFTWARE ARE PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED
// TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT OF THIRD PARTY RIGHTS. IN NO EVENT
// SHALL THE COPYRIGHT HOLDER OR HOLDERS INCLUDED IN THIS NOTICE BE LIABLE FOR ANY CLAIM, OR ANY SPECIAL INDIRECT OR
// CONSEQUENTIAL DAMAGES, OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF
// CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THE DATA FILES
// OR SOFTWARE.
//
// Except as contained in this notice, the name of a copyright holder shall not be used in advertising or otherwise to promote
// the sale, use or other dealings in these Data Files or Software without prior written authorization of the copyright holder.

/** The version of Unicode of this data. */
export const CONFUSABLES_VERSION = '${version}';

/**
 * The characters that look like each prototype, as \`prototype:first,step,step\`. \`prototype\`: its code points, joined by \`+\`.
 * \`first\`: the code point of the first character that looks like it. \`step\`: the distance of each further one from the
 * one before. Numbers are in base 36.
 */
export const CONFUSABLES = \`
${lines.join('\n')}
\`;
`;
}

// Writes src/hubs/chat/confusables-data.ts from Unicode's confusables.txt: `tsx scripts/confusables.ts PATH`. Unicode
// publishes the file with each version as security/confusables.txt; the sources of ICU contain it, too.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TARGET = fileURLToPath(new URL('../src/hubs/chat/confusables-data.ts', import.meta.url));
const COLUMNS = 200;

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('The path of confusables.txt is missing: tsx scripts/confusables.ts PATH');
const source = readFileSync(path, 'utf8');
const version = /^# Version: (\S+)/m.exec(source)?.[1];
if (version === undefined) throw new Error(`${path} has no version: it is not Unicode's confusables.txt.`);

/** The prototype of each character, as in the file. */
const listed = new Map<string, string>();
for (const [, from = '', to = ''] of source.matchAll(/^([0-9A-F]+) ;\t([0-9A-F ]+) ;\tMA/gm)) {
  listed.set(textOf(from), textOf(to).normalize('NFD'));
}

/** The characters that look like a prototype, by prototype. */
const byPrototype = new Map<string, number[]>();
for (const [character, to] of listed) {
  // Names are decomposed before the look-up, so characters that decompose are never looked up.
  if (character.normalize('NFD') !== character) continue;
  const prototype = settled(to);
  byPrototype.set(prototype, [...(byPrototype.get(prototype) ?? []), character.codePointAt(0) as number]);
}

/**
 * The prototype with all its characters replaced by their own prototypes. A few prototypes of the file contain a character
 * that the file lists; without this a skeleton would have another skeleton.
 */
function settled(prototype: string): string {
  const next = Array.from(prototype, (character) => listed.get(character) ?? character)
    .join('')
    .normalize('NFD');
  return next === prototype ? prototype : settled(next);
}

function textOf(codes: string): string {
  return String.fromCodePoint(...codes.split(' ').map((code) => Number.parseInt(code, 16)));
}

const entries = Array.from(byPrototype, ([prototype, codes]) => {
  const steps = codes.sort((a, b) => a - b).map((code, at) => (code - (codes[at - 1] ?? 0)).toString(36));
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
lines.push(line);

writeFileSync(
  TARGET,
  `// Made by scripts/confusables.ts: characters that look alike, of Unicode ${version} (confusables.txt of UTS #39).
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
`,
);
console.log(`${TARGET}: ${byPrototype.size} prototypes of Unicode ${version}`);

import { HubError } from '../../index.ts';

/**
 * Longest name, in code points of the normalised name: an emoji of seven code points counts seven. At most 160 bytes of
 * UTF-8.
 */
export const NAME_LIMIT = 40;

/**
 * Longest text, in code units, that can be a name of 40 characters in any composition. Longer texts are not examined.
 */
export const LONGEST_WRITTEN_NAME = 1_000;
/** Most combining marks in a row (UTS #39, section 5.4). No orthography needs more. */
const MOST_MARKS = 4;

const ALLOWED = `A name has 1 to ${NAME_LIMIT} characters that can be seen, of any language, and spaces between them.`;

/**
 * The name that is shown: as it was written, normalised (NFC), each run of spaces as one, none at its ends
 * (the preparation of RFC 8266, section 2.1).
 *
 * @throws {HubError} with the problem, and what is allowed. See docs/chat.md.
 */
export function nameFrom(written: string): string {
  if (written.length > LONGEST_WRITTEN_NAME) throw refused('The name is too long.');
  const name = written
    .normalize('NFC')
    .replace(/\p{Zs}+/gu, ' ')
    .replace(/^ | $/g, '');
  const problem = problemOf(name);
  if (problem !== undefined) throw refused(problem);
  return name;
}

/** Whether this is a valid name, which may be shown. */
export function isName(name: string): boolean {
  return name.length <= LONGEST_WRITTEN_NAME && problemOf(name) === undefined;
}

function refused(problem: string): HubError {
  return new HubError(`${problem} ${ALLOWED}`);
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'The name is empty.';
  const seen = name.replace(NEEDED, '');
  const hidden = HIDDEN.exec(seen)?.[0];
  if (hidden !== undefined) return `The name contains ${codeOf(hidden)}, ${kindOf(hidden)}.`;
  if (MARK_WITHOUT_LETTER.test(seen)) return 'The name contains a combining mark without a letter before it.';
  if (TOO_MANY_MARKS.test(seen.normalize('NFD'))) {
    return `The name contains more than ${MOST_MARKS} combining marks in a row, or one twice.`;
  }
  const length = Array.from(name).length;
  return length > NAME_LIMIT ? `The name has ${length} characters.` : undefined;
}

// --- Invisible characters, and where they are needed

/** Scripts whose letters join, or stack, and in which ZWNJ and ZWJ decide whether they do (UAX #31, section 2.3.1). */
const JOINING = [
  'Arabic Syriac Mandaic Mongolian Nko Phags_Pa Adlam Hanifi_Rohingya Manichaean Sogdian',
  'Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala',
  'Khmer Myanmar Tibetan Balinese Javanese Sundanese Meetei_Mayek Newa Tirhuta Kaithi Chakma',
].flatMap((scripts) => scripts.split(' '));
/** Scripts some of whose letters have standardised variants. */
const VARYING = ['Han', 'Mongolian', 'Myanmar', 'Phags_Pa'];
const EMOJI = '\\p{Extended_Pictographic}[\\uFE0F\\p{Emoji_Modifier}]?';

const NEEDED = new RegExp(
  [
    `(?<=${letterOf(JOINING)})[\\u200C\\u200D]`,
    `(?<=${letterOf(VARYING)})[\\uFE00-\\uFE0F\\u180B-\\u180F\\u{E0100}-\\u{E01EF}]`,
    // Emoji (UTS #51): presentation, sequences, keycaps, and the flags of England, Scotland and Wales.
    '(?<=\\p{Extended_Pictographic})[\\uFE0E\\uFE0F]',
    `(?<=${EMOJI})\\u200D(?=\\p{Extended_Pictographic})`,
    '(?<=[#*0-9])\\uFE0F(?=\\u20E3)',
    `(?<=\\u{1F3F4})(?:${['gbeng', 'gbsct', 'gbwls'].map(tagsOf).join('|')})`,
  ].join('|'),
  'gu',
);

/** Pattern for visible letters and marks. */
function letterOf(scripts: readonly string[]): string {
  const ofThem = scripts.map((script) => `\\p{Script=${script}}`).join('');
  return `(?=[\\p{L}\\p{M}])(?!\\p{Default_Ignorable_Code_Point})[${ofThem}]`;
}

function tagsOf(region: string): string {
  return Array.from(`${region}\x7F`, (letter) => `\\u{${(0xe0000 + letter.charCodeAt(0)).toString(16)}}`).join('');
}

/**
 * `So` and `Lo` without ink: the blank of Braille, a null notehead, blanks between hieroglyphs, a placeholder for an
 * object.
 */
const BLANK = '\\u2800\\uFFFC\\u{1D159}\\u{13441}\\u{13442}';
/** `Cf` with ink: signs under or over numbers and abbreviations (Prepended_Concatenation_Mark). */
const SPANNING = '\\u0600-\\u0605\\u06DD\\u070F\\u0890\\u0891\\u08E2\\u{110BD}\\u{110CD}';
/** `C`: control, format, private, unassigned, and half of a surrogate pair. */
const HIDDEN = new RegExp(`(?![${SPANNING}])[\\p{C}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}${BLANK}]`, 'u');
const MARK_WITHOUT_LETTER = /(?:^| )\p{M}/u;
const TOO_MANY_MARKS = new RegExp(`[\\p{Mn}\\p{Me}]{${MOST_MARKS + 1}}|(?<mark>[\\p{Mn}\\p{Me}])\\k<mark>`, 'u');

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/\p{Bidi_Control}/u, 'which changes the direction of what is written'],
  [/[\p{Cc}\p{Zl}\p{Zp}]/u, 'a control character'],
  [/\p{Cs}/u, 'half of a character'],
  [/[\p{Co}\p{Cn}]/u, 'which is no character of Unicode'],
];

function kindOf(hidden: string): string {
  return KINDS.find(([pattern]) => pattern.test(hidden))?.[1] ?? 'which cannot be seen';
}

function codeOf(character: string): string {
  return `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
}

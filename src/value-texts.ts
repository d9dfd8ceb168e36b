/** Of a longer text the beginning says enough. */
const LONGEST_SHOWN = 80;
const SHOWN_ITEMS = 5;

/** A value that somebody gave, as text for the line that says what is wrong with it: texts in quotes, lists of such, numbers. */
export function valueText(value: unknown): string {
  if (!Array.isArray(value)) return itemText(value);
  const items = value.slice(0, SHOWN_ITEMS).map((item: unknown) => (Array.isArray(item) ? 'a list' : itemText(item)));
  return `[${[...items, ...(value.length > SHOWN_ITEMS ? ['...'] : [])].join(',')}]`;
}

/** The kind of a value and nothing of what it says: it may be a secret. */
export function kindOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value === '' ? 'an empty text' : 'a text';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'a list' : withArticle(classOf(value));
    case 'undefined':
      return 'undefined';
    case 'boolean':
      return String(value);
    default:
      return `a ${typeof value}`;
  }
}

function itemText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}...` : value);
    case 'number':
      return String(value);
    default:
      return kindOf(value);
  }
}

function classOf(value: object): string {
  const { name } = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor ?? {};
  return typeof name === 'string' && /^\w{1,60}$/.test(name) && name !== 'Object' ? name : 'object';
}

function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}

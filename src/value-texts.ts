/** Number of characters that are shown of a longer text. */
const LONGEST_SHOWN = 80;
const SHOWN_ITEMS = 5;

/** A wrong value as text for an error message: texts in quotes, lists of them, numbers; else the kind of the value. */
export function valueText(value: unknown): string {
  if (!Array.isArray(value)) return itemText(value);
  const items = value.slice(0, SHOWN_ITEMS).map((item: unknown) => (Array.isArray(item) ? 'a list' : itemText(item)));
  return `[${[...items, ...(value.length > SHOWN_ITEMS ? ['...'] : [])].join(',')}]`;
}

/** The kind of a value, without its content, which may be a secret. */
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

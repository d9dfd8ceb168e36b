// `{{name}}` in a vector stands for a value that differs from run to run. The first use binds it; later uses must be
// equal.
import { expect } from 'vitest';

const PLACEHOLDER = /\{\{(.+?)\}\}/;
const EVERY_PLACEHOLDER = new RegExp(PLACEHOLDER, 'g');

export class Bindings {
  readonly #values = new Map<string, string>();
  readonly #patterns: Readonly<Record<string, string>>;

  /** @param patterns Pattern of each value, by its name. */
  constructor(patterns: Readonly<Record<string, string>> = {}) {
    this.#patterns = patterns;
  }

  set(name: string, value: string): void {
    const pattern = this.#patterns[name];
    if (pattern !== undefined) expect(value, name).toMatch(new RegExp(pattern));
    this.#values.set(name, value);
  }

  get(name: string): string {
    const value = this.#find(name);
    if (value === undefined) throw new Error(`the vector uses {{${name}}} before it is bound`);
    return value;
  }

  /** Replaces every name in a text to be sent; each of them must be bound. */
  fill(text: string): string {
    return text.replaceAll(EVERY_PLACEHOLDER, (_, name: string) => this.get(name));
  }

  /** Compares a received text with the expected one, in which unbound names match any value. */
  match(actual: string, expected: string, what: string): void {
    const known = this.#fillKnown(expected);
    const names = [...known.matchAll(EVERY_PLACEHOLDER)].map(([, name = '']) => name);
    const values = names.length === 0 ? undefined : patternOf(known).exec(actual)?.slice(1);
    for (const [index, name] of values === undefined ? [] : names.entries()) this.set(name, values?.[index] ?? '');
    // Names are bound by now. This comparison finds a name with two values in one text, and shows a text that does not
    // match.
    expect(actual, what).toBe(this.#fillKnown(known));
  }

  #fillKnown(text: string): string {
    return text.replaceAll(EVERY_PLACEHOLDER, (whole, name: string) => this.#find(name) ?? whole);
  }

  #find(name: string): string | undefined {
    const [kind, text = '', times] = name.split(':');
    return kind === 'repeat' ? text.repeat(Number(times)) : this.#values.get(name);
  }
}

function patternOf(text: string): RegExp {
  const parts = text.split(EVERY_PLACEHOLDER).map((part, index) => (index % 2 === 1 ? '([\\w-]+)' : literal(part)));
  return new RegExp(`^${parts.join('')}$`, 's');
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

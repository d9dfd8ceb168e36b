// `{{name}}` in a vector: a value that differs from run to run. The first use binds it, later uses must be equal.
import { expect } from 'vitest';

const PLACEHOLDER = /\{\{(.+?)\}\}/;
const EVERY_PLACEHOLDER = new RegExp(PLACEHOLDER, 'g');

export class Bindings {
  readonly #values = new Map<string, string>();
  readonly #patterns: Readonly<Record<string, string>>;

  /** `patterns`: what a value looks like, by its name. */
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

  /** A text to send: every name in it is bound. */
  fill(text: string): string {
    return text.replaceAll(EVERY_PLACEHOLDER, (_, name: string) => this.get(name));
  }

  /** A text that came: equal to the expected one, where names not bound yet stand for any value. */
  match(actual: string, expected: string, what: string): void {
    const known = this.#fillKnown(expected);
    const names = [...known.matchAll(EVERY_PLACEHOLDER)].map(([, name = '']) => name);
    const values = names.length === 0 ? undefined : patternOf(known).exec(actual)?.slice(1);
    for (const [index, name] of values === undefined ? [] : names.entries()) this.set(name, values?.[index] ?? '');
    // With what is bound by now: a name used twice in one text has one value, and a text that fits nowhere is shown.
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

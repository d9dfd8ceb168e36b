// DOM functions for all views. Text is inserted as text only: no code of the page parses HTML.
import { hueOf, initial } from './words.ts';

/** The element with `data-part="name"` in index.html. */
export function part<E extends Element>(root: ParentNode, name: string, type: abstract new () => E): E {
  const found = root.querySelector(`[data-part="${name}"]`);
  if (!(found instanceof type)) throw new TypeError(`The page has no part ${name}.`);
  return found;
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...content: (string | Node)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...content);
  return element;
}

/** A sentence with names: say`${name} joined`. The writing direction of a name does not change that of the sentence. */
export function say(texts: TemplateStringsArray, ...names: readonly string[]): DocumentFragment {
  const sentence = document.createDocumentFragment();
  for (const [index, text] of texts.entries()) {
    sentence.append(text);
    const name = names[index];
    if (name !== undefined) sentence.append(make('bdi', '', name));
  }
  return sentence;
}

/** A disc with the first letter of a name, in its colour. The stylesheet shows the letter, so it is not read aloud. */
export function paintAvatar(disc: HTMLElement, name: string): void {
  disc.dataset.initial = initial(name);
  disc.dataset.hue = String(hueOf(name));
}

export function avatar(name: string): HTMLElement {
  const disc = make('span', 'avatar');
  disc.setAttribute('aria-hidden', 'true');
  paintAvatar(disc, name);
  return disc;
}

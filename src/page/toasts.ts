import { make } from './dom.ts';

const SHOWN_MS = 8_000;
const AT_ONCE = 3;

/** Short notices above the composer, with an error in one sentence. The container is a live region. */
export class Toasts {
  readonly #list: HTMLElement;

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  clear(): void {
    this.#list.replaceChildren();
  }

  show(text: string): void {
    const close = make('button', 'icon-button', '×');
    close.type = 'button';
    close.setAttribute('aria-label', 'Dismiss');
    const toast = make('div', 'toast', make('p', '', text), close);
    const timer = setTimeout(() => toast.remove(), SHOWN_MS);
    close.addEventListener('click', () => {
      clearTimeout(timer);
      toast.remove();
    });
    while (this.#list.childElementCount >= AT_ONCE) this.#list.firstElementChild?.remove();
    this.#list.append(toast);
  }
}

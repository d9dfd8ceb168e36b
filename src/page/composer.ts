import { part } from './dom.ts';
import { keyOf, room, TEXT_LIMIT } from './words.ts';

export interface ComposerEvents {
  /** @returns whether it was sent; if not, the text is put back. */
  send(text: string, whisperTo: string | undefined): Promise<boolean>;
  /** The user has changed the text. */
  typed(text: string, whisperTo: string | undefined): void;
}

/** The form in which messages are written, with the receiver of a whisper. */
export class Composer {
  readonly #form: HTMLFormElement;
  readonly #text: HTMLTextAreaElement;
  readonly #counter: HTMLElement;
  readonly #whisperBar: HTMLElement;
  readonly #whisperName: HTMLElement;
  readonly #events: ComposerEvents;
  #whisperTo: string | undefined;

  constructor(root: HTMLElement, events: ComposerEvents) {
    this.#events = events;
    this.#form = part(root, 'composer', HTMLFormElement);
    this.#text = part(root, 'text', HTMLTextAreaElement);
    this.#counter = part(root, 'text-counter', HTMLElement);
    this.#whisperBar = part(root, 'whisper-bar', HTMLElement);
    this.#whisperName = part(root, 'whisper-name', HTMLElement);
    part(root, 'whisper-cancel', HTMLButtonElement).addEventListener('click', () => this.whisperTo(undefined));
    this.#text.addEventListener('input', () => {
      this.#measure();
      events.typed(this.#text.value, this.#whisperTo);
    });
    this.#form.addEventListener('keydown', (event) => this.#pressed(event));
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#send();
    });
  }

  focus(): void {
    this.#text.focus();
  }

  /** Sets the receiver of the next messages; undefined: all users. */
  whisperTo(name: string | undefined): void {
    this.#whisperTo = name;
    this.#whisperBar.hidden = name === undefined;
    this.#form.classList.toggle('whispering', name !== undefined);
    this.#whisperName.textContent = name ?? '';
    this.#text.placeholder = name === undefined ? 'Message everybody' : `Whisper to ${name}`;
    this.focus();
  }

  renamed(from: string, to: string): void {
    if (this.#whisperTo === undefined || keyOf(this.#whisperTo) !== keyOf(from)) return;
    this.#whisperTo = to;
    this.#whisperName.textContent = to;
  }

  #pressed(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.#whisperTo !== undefined) {
      event.preventDefault();
      this.whisperTo(undefined);
    }
    // While an input method composes a word, it handles Enter.
    const enters = event.key === 'Enter' && !event.shiftKey && !event.isComposing;
    if (enters && event.target === this.#text) {
      event.preventDefault();
      this.#form.requestSubmit();
    }
  }

  async #send(): Promise<void> {
    const text = this.#text.value.trim();
    this.focus();
    if (text === '' || text.length > TEXT_LIMIT) return;
    this.#set('');
    const sent = await this.#events.send(text, this.#whisperTo);
    if (!sent && this.#text.value === '') this.#set(text);
  }

  #set(text: string): void {
    this.#text.value = text;
    this.#measure();
  }

  #measure(): void {
    const { length } = this.#text.value.trim();
    const over = length > TEXT_LIMIT;
    this.#counter.textContent = room(length, TEXT_LIMIT);
    this.#form.classList.toggle('over', over);
    this.#text.setAttribute('aria-invalid', String(over));
    // As high as its text, up to the limit of the stylesheet.
    this.#text.style.height = 'auto';
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }
}

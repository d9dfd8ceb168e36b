import { paintAvatar, part } from './dom.ts';
import { asShown, lengthOfName, NAME_LIMIT, room } from './words.ts';

/** The user's own name: a button that becomes a text field in the same place. */
export class NameForm {
  readonly #avatar: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #label: HTMLElement;
  readonly #form: HTMLFormElement;
  readonly #input: HTMLInputElement;
  readonly #counter: HTMLElement;
  readonly #rename: (name: string) => Promise<boolean>;

  constructor(root: HTMLElement, rename: (name: string) => Promise<boolean>) {
    this.#rename = rename;
    this.#avatar = part(root, 'my-avatar', HTMLElement);
    this.#button = part(root, 'my-name', HTMLButtonElement);
    this.#label = part(root, 'my-name-text', HTMLElement);
    this.#form = part(root, 'name-form', HTMLFormElement);
    this.#input = part(root, 'name-input', HTMLInputElement);
    this.#counter = part(root, 'name-counter', HTMLElement);
    this.#button.addEventListener('click', () => this.#edit());
    this.#input.addEventListener('input', () => this.#measure());
    part(root, 'name-cancel', HTMLButtonElement).addEventListener('click', () => this.#done());
    this.#form.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') this.#done();
    });
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  show(name: string): void {
    paintAvatar(this.#avatar, name);
    this.#label.textContent = name;
    this.#button.disabled = false;
    this.#button.setAttribute('aria-label', `You are ${name}. Change your name`);
  }

  #edit(): void {
    this.#button.hidden = true;
    this.#form.hidden = false;
    this.#input.value = this.#label.textContent ?? '';
    this.#measure();
    this.#input.select();
    this.#input.focus();
  }

  #done(): void {
    this.#form.hidden = true;
    this.#button.hidden = false;
    this.#button.focus();
  }

  async #submit(): Promise<void> {
    const name = asShown(this.#input.value);
    if (name === this.#label.textContent) return this.#done();
    if (name === '' || lengthOfName(name) > NAME_LIMIT) return this.#input.focus();
    if (await this.#rename(name)) return this.#done();
    this.#input.setAttribute('aria-invalid', 'true');
    this.#input.focus();
  }

  #measure(): void {
    const length = lengthOfName(this.#input.value);
    this.#input.setAttribute('aria-invalid', String(length > NAME_LIMIT));
    this.#counter.textContent = room(length, NAME_LIMIT);
  }
}

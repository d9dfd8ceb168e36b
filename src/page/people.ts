import { avatar, make, part } from './dom.ts';
import { keyOf } from './words.ts';

/** Who is here: a column in a wide pane, a sheet from below in a narrow one. */
export class People {
  readonly #sheet: HTMLElement;
  readonly #list: HTMLElement;
  readonly #toggle: HTMLButtonElement;
  readonly #root: HTMLElement;
  readonly #choose: (name: string) => void;
  readonly #rows = new Map<string, { readonly name: string; readonly row: HTMLElement }>();
  #me = '';
  /** What has changed since `reset` is expected. */
  #changes: (() => void)[] | undefined;

  constructor(root: HTMLElement, choose: (name: string) => void) {
    this.#root = root;
    this.#sheet = part(root, 'people', HTMLElement);
    this.#list = part(root, 'people-list', HTMLElement);
    this.#toggle = part(root, 'people-toggle', HTMLButtonElement);
    this.#choose = choose;
    this.#toggle.addEventListener('click', () => this.#open(!this.#isOpen));
    part(root, 'people-close', HTMLButtonElement).addEventListener('click', () => this.#dismiss());
    part(root, 'shade', HTMLElement).addEventListener('click', () => this.#open(false));
    this.#sheet.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#isOpen) this.#dismiss();
    });
    // Whoever leaves it with the Tab key leaves it.
    this.#sheet.addEventListener('focusout', ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && !this.#sheet.contains(relatedTarget) && relatedTarget !== this.#toggle)
        this.#open(false);
    });
  }

  names(): string[] {
    return Array.from(this.#rows.values(), ({ name }) => name);
  }

  /** The list has been asked for. The answer may arrive together with changes that come after it. */
  expect(): void {
    this.#changes = [];
  }

  /** The answer. Changes that it contains already do no harm when they are made again. */
  reset(names: readonly string[], me: string): void {
    const changes = this.#changes ?? [];
    this.#changes = undefined;
    this.#me = me;
    this.#rows.clear();
    this.#list.replaceChildren();
    for (const name of names) this.#add(name);
    for (const change of changes) change();
    this.#count();
  }

  add(name: string): void {
    this.#changes?.push(() => this.add(name));
    this.#add(name);
  }

  remove(name: string): void {
    this.#changes?.push(() => this.remove(name));
    this.#remove(name);
  }

  rename(from: string, to: string, isMe: boolean): void {
    if (isMe) this.#me = to;
    this.remove(from);
    this.add(to);
  }

  #add(name: string): void {
    this.#remove(name);
    const row = this.#rowOf(name);
    this.#rows.set(keyOf(name), { name, row });
    this.#list.insertBefore(row, this.#firstAfter(name));
    this.#count();
  }

  #remove(name: string): void {
    const known = this.#rows.get(keyOf(name));
    if (known === undefined) return;
    if (known.row.contains(document.activeElement)) this.#focusBeside(known.row);
    this.#rows.delete(keyOf(name));
    known.row.remove();
    this.#count();
  }

  #rowOf(name: string): HTMLElement {
    const label = make('bdi', 'name', name);
    if (keyOf(name) === keyOf(this.#me)) {
      return make('li', 'me', make('div', 'person', avatar(name), label, make('span', 'tag', ' you')));
    }
    const button = make('button', 'person', avatar(name), label, make('span', 'tag hint', ' whisper'));
    button.type = 'button';
    button.addEventListener('click', () => {
      this.#open(false);
      this.#choose(name);
    });
    return make('li', '', button);
  }

  /** The user first, then everybody by name. */
  #firstAfter(name: string): HTMLElement | null {
    const rank = (one: string): string => (keyOf(one) === keyOf(this.#me) ? '' : one);
    for (const row of this.#list.children) {
      const other = row.querySelector('.name')?.textContent ?? '';
      if (rank(other).localeCompare(rank(name)) > 0 && row instanceof HTMLElement) return row;
    }
    return null;
  }

  #focusBeside(row: HTMLElement): void {
    const beside =
      row.nextElementSibling?.querySelector('button') ?? row.previousElementSibling?.querySelector('button');
    (beside ?? part(this.#root, 'text', HTMLElement)).focus();
  }

  #count(): void {
    const count = String(this.#rows.size);
    part(this.#root, 'people-count', HTMLElement).textContent = count;
    part(this.#root, 'people-count-short', HTMLElement).textContent = count;
    this.#toggle.setAttribute('aria-label', `Who is here: ${count}`);
  }

  get #isOpen(): boolean {
    return this.#root.classList.contains('people-open');
  }

  #open(open: boolean): void {
    this.#root.classList.toggle('people-open', open);
    this.#toggle.setAttribute('aria-expanded', String(open));
    if (open) part(this.#sheet, 'people-close', HTMLElement).focus();
  }

  #dismiss(): void {
    this.#open(false);
    this.#toggle.focus();
  }
}

import { avatar, make, part } from './dom.ts';
import type { More, PeopleView } from './member-list.ts';
import { keyOf } from './words.ts';

export interface PeopleEvents {
  /** The user wants to whisper to this person. */
  chose(name: string): void;
  /** The user has scrolled to the end of the shown list. */
  wantsMore(): void;
}

interface Person {
  readonly name: string;
  readonly key: string;
  readonly row: HTMLElement;
}

const { compare } = new Intl.Collator();

/** The list of users: a column in a wide pane, a sheet from below in a narrow one. */
export class People implements PeopleView {
  readonly #sheet: HTMLElement;
  readonly #list: HTMLElement;
  readonly #moreRow: HTMLElement;
  readonly #moreButton: HTMLButtonElement;
  readonly #toggle: HTMLButtonElement;
  readonly #root: HTMLElement;
  readonly #events: PeopleEvents;
  readonly #end: IntersectionObserver;
  readonly #byKey = new Map<string, Person>();
  /** Names in the order of their rows: the user first, then the others by name. */
  #inOrder: Person[] = [];
  #me = '';

  constructor(root: HTMLElement, events: PeopleEvents) {
    this.#root = root;
    this.#events = events;
    this.#sheet = part(root, 'people', HTMLElement);
    this.#list = part(root, 'people-list', HTMLElement);
    this.#moreRow = part(root, 'people-more', HTMLElement);
    this.#moreButton = part(root, 'people-more-button', HTMLButtonElement);
    this.#toggle = part(root, 'people-toggle', HTMLButtonElement);
    this.#moreButton.addEventListener('click', () => events.wantsMore());
    this.#end = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) events.wantsMore();
      },
      // Before the end is visible.
      { root: this.#list, rootMargin: '0px 0px 400px' },
    );
    this.#toggle.addEventListener('click', () => this.#open(!this.#isOpen));
    part(root, 'people-close', HTMLButtonElement).addEventListener('click', () => this.#dismiss());
    part(root, 'shade', HTMLElement).addEventListener('click', () => this.#open(false));
    this.#sheet.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#isOpen) this.#dismiss();
    });
    // The Tab key also closes the sheet when it moves the focus out of it.
    this.#sheet.addEventListener('focusout', ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && !this.#sheet.contains(relatedTarget) && relatedTarget !== this.#toggle)
        this.#open(false);
    });
  }

  names(): string[] {
    return this.#inOrder.map(({ name }) => name);
  }

  reset(me: string): void {
    if (this.#list.contains(document.activeElement))
      part(this.#root, this.#isOpen ? 'people-close' : 'text', HTMLElement).focus();
    this.#me = me;
    this.#byKey.clear();
    this.#inOrder = [];
    this.#list.replaceChildren(this.#moreRow);
    this.offerMore('no');
    this.add(me);
  }

  add(name: string): void {
    this.remove(name);
    const person = { name, key: keyOf(name), row: this.#rowOf(name) };
    const at = this.#placeOf(person);
    this.#list.insertBefore(person.row, this.#inOrder[at]?.row ?? this.#moreRow);
    this.#inOrder.splice(at, 0, person);
    this.#byKey.set(person.key, person);
    this.#count();
  }

  remove(name: string): void {
    const person = this.#byKey.get(keyOf(name));
    if (person === undefined) return;
    if (person.row.contains(document.activeElement)) this.#focusBeside(person.row);
    this.#byKey.delete(person.key);
    this.#inOrder.splice(this.#inOrder.indexOf(person), 1);
    person.row.remove();
    this.#count();
  }

  rename(from: string, to: string, isMe: boolean): void {
    if (isMe) this.#me = to;
    this.remove(from);
    this.add(to);
  }

  offerMore(more: More): void {
    if (more === 'no' && this.#moreRow.contains(document.activeElement)) this.#focusBeside(this.#moreRow);
    this.#moreRow.hidden = more === 'no';
    this.#moreButton.textContent = more === 'coming' ? 'One moment…' : 'Show more';
    this.#end.disconnect();
    // Observing it again reports at once whether the end is still visible.
    if (more === 'when seen') this.#end.observe(this.#moreRow);
    this.#count();
  }

  /** Disposes of the view, when the pane is closed. */
  stop(): void {
    this.#end.disconnect();
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
      this.#events.chose(name);
    });
    return make('li', '', button);
  }

  /** The row before which the row of a new name is inserted. */
  #placeOf(person: Person): number {
    let [low, high] = [0, this.#inOrder.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order(this.#inOrder[middle] as Person, person) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #order(one: Person, other: Person): number {
    const me = keyOf(this.#me);
    if (one.key === me || other.key === me) return one.key === me ? -1 : 1;
    return compare(one.name, other.name);
  }

  #focusBeside(row: HTMLElement): void {
    const beside =
      row.nextElementSibling?.querySelector('button') ?? row.previousElementSibling?.querySelector('button');
    (beside ?? part(this.#root, 'text', HTMLElement)).focus();
  }

  #count(): void {
    const count = this.#moreRow.hidden ? `${this.#inOrder.length}` : `${this.#inOrder.length}+`;
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

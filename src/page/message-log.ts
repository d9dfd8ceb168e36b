import { avatar, make, part, say } from './dom.ts';
import { newMessages, sameName } from './words.ts';

export interface Message {
  /** User whose disc and colour are shown. */
  readonly author: string;
  readonly text: string;
  readonly sentAt: Date;
  readonly own: boolean;
  /** The other user of a whisper: its sender or its receiver. */
  readonly whisper?: 'received' | { readonly to: string };
}

const KEPT = 500;
const SAME_BREATH_MS = 5 * 60_000;
/** A position closer to the end than this counts as at the end. */
const NEAR_END_PX = 48;

const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const fullTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The messages. The list stays scrolled to the end unless the reader has scrolled up. */
export class MessageLog {
  readonly #scroller: HTMLElement;
  readonly #list: HTMLElement;
  readonly #jump: HTMLButtonElement;
  readonly #reply: (to: string) => void;
  readonly #resized: ResizeObserver;
  #size = '';
  #atEnd = true;
  #unseen = 0;
  #last: Message | undefined;
  /** Users who joined since the last message, with their lines. */
  readonly #joinLines = new Map<string, HTMLElement>();

  constructor(root: HTMLElement, reply: (to: string) => void) {
    this.#scroller = part(root, 'log', HTMLElement);
    this.#list = part(root, 'log-list', HTMLElement);
    this.#jump = part(root, 'jump', HTMLButtonElement);
    this.#reply = reply;
    this.#scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.#jump.addEventListener('click', () => {
      this.toEnd();
      this.#scroller.focus();
    });
    // The keyboard of a phone, a growing composer or a second pane makes the list smaller.
    this.#resized = new ResizeObserver(() => {
      this.#size = sizeOf(this.#scroller);
      if (this.#atEnd) this.toEnd();
    });
    this.#resized.observe(this.#scroller);
  }

  add(message: Message): void {
    const item = make('li', classOf(message, continues(message, this.#last)), ...this.#contentOf(message));
    this.#last = message;
    this.#joinLines.clear();
    this.#append(item);
    if (message.own) this.toEnd();
    else if (!this.#atEnd) this.#count(this.#unseen + 1);
  }

  /** Adds a line about a user or about the connection. */
  note(line: Node | string): void {
    this.#note(make('li', 'note', line));
  }

  joined(name: string): void {
    const item = make('li', 'note', say`${name} joined`);
    this.#joinLines.set(name, item);
    this.#note(item);
  }

  /** A user who reconnects joins as a guest and is renamed at once. The log shows one event, not two. */
  renamed(from: string, to: string): void {
    const line = this.#joinLines.get(from);
    if (line === undefined) {
      this.note(say`${from} is now ${to}`);
      return;
    }
    this.#joinLines.delete(from);
    this.#joinLines.set(to, line);
    line.replaceChildren(say`${to} joined`);
  }

  toEnd(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#atEnd = true;
    this.#count(0);
  }

  stop(): void {
    this.#resized.disconnect();
  }

  #contentOf(message: Message): Node[] {
    const { author, text, sentAt, own, whisper } = message;
    const byline = make('p', 'byline', make('bdi', 'author', own ? 'You' : author));
    if (whisper === 'received') byline.append(make('span', 'tag', ' whispers to you'));
    else if (whisper !== undefined) byline.append(make('span', 'tag', ' whisper to ', make('bdi', '', whisper.to)));
    const time = make('time', '', clockTime.format(sentAt));
    time.dateTime = sentAt.toISOString();
    time.title = fullTime.format(sentAt);
    const words = make('p', 'text', make('span', 'words', text), time);
    words.dir = 'auto';
    if (whisper === 'received') byline.append(this.#replyButton(author));
    const bubble = make('div', 'bubble', byline, words);
    return own ? [bubble] : [avatar(author), bubble];
  }

  #replyButton(to: string): HTMLButtonElement {
    const button = make('button', 'reply', 'Reply');
    button.type = 'button';
    button.setAttribute('aria-label', `Reply to ${to} in a whisper`);
    button.addEventListener('click', () => this.#reply(to));
    return button;
  }

  #note(item: HTMLElement): void {
    this.#last = undefined;
    this.#append(item);
  }

  #append(item: HTMLElement): void {
    this.#list.append(item);
    while (this.#list.childElementCount > KEPT) this.#list.firstElementChild?.remove();
    if (this.#atEnd) this.toEnd();
  }

  #scrolled(): void {
    // The browser also scrolls when the size changes; that was not done by the reader.
    if (sizeOf(this.#scroller) !== this.#size) return;
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.#atEnd) this.#count(0);
  }

  #count(unseen: number): void {
    this.#unseen = unseen;
    this.#jump.hidden = unseen === 0;
    if (unseen > 0) part(this.#jump, 'jump-text', HTMLElement).textContent = newMessages(unseen);
  }
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): string {
  return `${clientWidth} ${clientHeight}`;
}

/** Successive messages of one sender within a short time share one name above them. */
function continues(message: Message, last: Message | undefined): boolean {
  if (last === undefined || message.whisper !== undefined || last.whisper !== undefined) return false;
  const pause = message.sentAt.getTime() - last.sentAt.getTime();
  return sameName(message.author, last.author) && pause < SAME_BREATH_MS;
}

function classOf({ own, whisper }: Message, continued: boolean): string {
  const names = ['message', own ? 'own' : 'other'];
  if (whisper !== undefined) names.push('whisper');
  if (continued) names.push('continued');
  return names.join(' ');
}

import { part } from './dom.ts';
import type { LinkState } from './link.ts';

const TICK_MS = 250;

/** The connection state in a pane's bar. Above the messages it shows the reason of a lost connection, and a button. */
export class Status {
  readonly #pill: HTMLElement;
  readonly #text: HTMLElement;
  readonly #spoken: HTMLElement;
  readonly #notice: HTMLElement;
  readonly #noticeText: HTMLElement;
  readonly #button: HTMLButtonElement;
  #state: LinkState = { kind: 'connecting' };
  #ticking: number | undefined;

  constructor(root: HTMLElement, connect: () => void) {
    this.#pill = part(root, 'status', HTMLElement);
    this.#text = part(root, 'status-text', HTMLElement);
    this.#spoken = part(root, 'status-spoken', HTMLElement);
    this.#notice = part(root, 'notice', HTMLElement);
    this.#noticeText = part(root, 'notice-text', HTMLElement);
    this.#button = part(root, 'try-now', HTMLButtonElement);
    this.#button.addEventListener('click', connect);
  }

  show(state: LinkState): void {
    const changed = state.kind !== this.#state.kind;
    this.#state = state;
    clearInterval(this.#ticking);
    if (state.kind === 'waiting') this.#ticking = setInterval(() => this.#paint(), TICK_MS);
    this.#pill.dataset.state = state.kind;
    this.#paint();
    // A screen reader would read every second of the countdown, so only changes of the state are announced.
    if (changed && state.kind !== 'connecting') this.#spoken.textContent = SPOKEN[state.kind];
  }

  stop(): void {
    clearInterval(this.#ticking);
  }

  #paint(): void {
    const { kind } = this.#state;
    const seconds = kind === 'waiting' ? Math.ceil((this.#state.until - performance.now()) / 1_000) : 0;
    const counting = seconds > 0;
    this.#text.textContent = kind !== 'waiting' ? kind : counting ? `reconnecting in ${seconds} s` : 'reconnecting';
    const ended = ENDED[kind as keyof typeof ENDED];
    const stuck = ended !== undefined || (kind === 'waiting' && counting);
    // It stays visible during an attempt, so that it does not flicker.
    this.#notice.hidden = !(stuck || (kind === 'waiting' && !this.#notice.hidden));
    this.#noticeText.textContent = ended ?? 'The server is out of reach.';
    this.#button.textContent = ended === undefined ? 'Try now' : 'Connect';
  }
}

/** States that only the user can end. */
const ENDED = {
  disconnected: 'The server ended this connection.',
  refused: 'This server wants a key that it knows. Add #key= and the key to the address of this page.',
} as const;

const SPOKEN = {
  connected: 'Connected.',
  waiting: 'The connection is lost. Trying again.',
  disconnected: 'Disconnected by the server.',
  refused: 'Refused by the server.',
} as const;

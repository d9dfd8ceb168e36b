/** Interval of the messages that a user types. Each is valid for twice as long. */
const REPEAT_MS = 3_000;
const IDLE_MS = 4_000;
const BELIEVED_MS = 2 * REPEAT_MS;

/** Tells the hub when the user types: at most once in three seconds, and once at the end. */
export class TypingSignal {
  readonly #send: (on: boolean) => void;
  #sentAt: number | undefined;
  #idle: number | undefined;

  constructor(send: (on: boolean) => void) {
    this.#send = send;
  }

  typed(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.stopped(), IDLE_MS);
    const now = performance.now();
    if (this.#sentAt !== undefined && now - this.#sentAt < REPEAT_MS) return;
    this.#sentAt = now;
    this.#send(true);
  }

  stopped(): void {
    clearTimeout(this.#idle);
    if (this.#sentAt === undefined) return;
    this.#sentAt = undefined;
    this.#send(false);
  }
}

/** The users who type. Each is removed after a while, because the message about the end may be lost. */
export class Typists {
  readonly #timers = new Map<string, number>();
  readonly #changed: (names: readonly string[]) => void;

  constructor(changed: (names: readonly string[]) => void) {
    this.#changed = changed;
  }

  set(name: string, on: boolean): void {
    clearTimeout(this.#timers.get(name));
    if (on) {
      this.#timers.set(
        name,
        setTimeout(() => this.set(name, false), BELIEVED_MS),
      );
    } else if (!this.#timers.delete(name)) return;
    this.#tell();
  }

  rename(from: string, to: string): void {
    if (!this.#timers.has(from)) return;
    this.set(from, false);
    this.set(to, true);
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#tell();
  }

  #tell(): void {
    this.#changed([...this.#timers.keys()]);
  }
}

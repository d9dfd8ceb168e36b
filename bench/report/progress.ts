/** Where progress is told: standard error. */
export interface Telling {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A line that says what runs, and how long it still takes. Where the output is no terminal, a line for each case. */
export class Progress {
  readonly #total: number;
  readonly #output: Telling;
  readonly #began = performance.now();
  #done = 0;
  #title = '';

  /** @param seconds How long everything was planned to take. */
  constructor(seconds: number, output: Telling = process.stderr) {
    this.#total = seconds;
    this.#output = output;
  }

  /** @param detail What of the case runs. */
  running(title: string, detail = ''): void {
    const left = `[${minutes(this.#left())} left]`;
    if (this.#output.isTTY) this.#output.write(`\r\x1b[K${left} ${title}${detail === '' ? '' : `: ${detail}`}`);
    else if (title !== this.#title) this.#output.write(`${left} ${title}\n`);
    this.#title = title;
  }

  /** So much of the plan is done. */
  did(seconds: number): void {
    this.#done += seconds;
  }

  /** A whole case: its table, and time for another. */
  finished(text: string): void {
    if (this.#output.isTTY) this.#output.write('\r\x1b[K');
    console.log(`${text}\n`);
  }

  /** The plan, corrected by how long its first part really took. */
  #left(): number {
    const spent = (performance.now() - this.#began) / 1_000;
    const pace = this.#done === 0 ? 1 : spent / this.#done;
    return (this.#total - this.#done) * pace;
  }
}

export function minutes(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

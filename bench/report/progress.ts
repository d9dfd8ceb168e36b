/** Output for progress, such as standard error. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A line with the running case and the remaining time. When the output is not a terminal, a line for each case. */
export class Progress {
  readonly #total: number;
  readonly #output: ProgressOutput;
  readonly #began = performance.now();
  #done = 0;
  #title = '';

  /** @param seconds Planned time of all cases. */
  constructor(seconds: number, output: ProgressOutput = process.stderr) {
    this.#total = seconds;
    this.#output = output;
  }

  /** @param detail The running part of the case. */
  running(title: string, detail = ''): void {
    const left = `[${minutes(this.#left())} left]`;
    if (this.#output.isTTY) this.#output.write(`\r\x1b[K${left} ${title}${detail === '' ? '' : `: ${detail}`}`);
    else if (title !== this.#title) this.#output.write(`${left} ${title}\n`);
    this.#title = title;
  }

  /** Adds finished seconds of the plan. */
  did(seconds: number): void {
    this.#done += seconds;
  }

  /** Prints the table of a finished case. */
  finished(text: string): void {
    if (this.#output.isTTY) this.#output.write('\r\x1b[K');
    console.log(`${text}\n`);
  }

  /** Remaining seconds of the plan, corrected by the real speed so far. */
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

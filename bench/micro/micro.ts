/** One thing that is measured alone. */
export interface Micro {
  readonly title: string;
  /** How many of what `title` names one `run` does. */
  readonly count: number;
  run(): unknown;
}

/** 128 bytes, as everywhere in the benchmark. */
export const DATA = 'x'.repeat(128);

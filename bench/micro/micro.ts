/** One micro benchmark. */
export interface Micro {
  readonly title: string;
  /** Number of operations in one `run`. */
  readonly count: number;
  run(): unknown;
}

/** 128 bytes, as in the whole benchmark. */
export const DATA = 'x'.repeat(128);

export interface LatencyFigures {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

const BUCKETS = 32 * 64;

/** A histogram of microseconds whose buckets are at most 1.6 % wide: adding is O(1) and allocates nothing. */
export class Latencies {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  add(us: number): void {
    const bucket = bucketOf(us);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#count += 1;
    if (us > this.#max) this.#max = us;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#max = 0;
  }

  figures(): LatencyFigures {
    return { p50Us: this.#quantile(0.5), p99Us: this.#quantile(0.99), maxUs: this.#max };
  }

  #quantile(part: number): number {
    let left = this.#count * part;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket] as number;
      if (left <= 0) return Math.min(upperEnd(bucket), this.#max);
    }
    return this.#max;
  }
}

/** Index of a bucket. Below 128 a bucket is one microsecond; above, each power of two has 64 buckets. */
function bucketOf(us: number): number {
  const shift = Math.max(0, 25 - Math.clz32(us));
  return shift * 64 + (us >>> shift);
}

function upperEnd(bucket: number): number {
  if (bucket < 128) return bucket;
  const shift = Math.floor(bucket / 64) - 1;
  return (bucket - shift * 64 + 1) * 2 ** shift - 1;
}

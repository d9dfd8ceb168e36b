import type { SessionRecord } from '../../src/storage/session-store.ts';
import { LOST } from '../../src/storage/session-store.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type Leases, StorageNode } from './storage-node.ts';

/** Something that happens to the node in one of the places. */
export type ClusterStep =
  | { readonly do: 'start' | 'connect' | 'disconnect' | 'die' | 'pause' | 'resume' | 'expire'; readonly at: number }
  | { readonly do: 'fail' | 'work'; readonly at: number }
  | { readonly do: 'cut' | 'mend' }
  | { readonly do: 'settle' }
  | { readonly do: 'pass'; readonly ms: number };

/** Prepares a storage for a node that starts. */
export type Prepare = (storage: Storage) => Promise<void>;

/** Several nodes on one storage, one after the other in each place, and a backplane with their leases. */
export class StorageCluster implements Leases {
  readonly nodes: StorageNode[] = [];
  readonly #storages: readonly Storage[];
  readonly #prepare: Prepare;
  /** The node that was started last, in each place. */
  readonly #places: (StorageNode | undefined)[];
  readonly #leases = new Set<string>();
  /** Moments at which turns are over, by their names. */
  readonly #turns = new Map<string, number>();
  /** Records of dead nodes that were seen as lost, by id. */
  readonly #seen = new Map<string, SessionRecord>();
  #isCut = false;
  #now = 0;

  constructor(storages: readonly Storage[], prepare: Prepare) {
    this.#storages = storages;
    this.#prepare = prepare;
    this.#places = storages.map(() => undefined);
  }

  /** Nodes whose process has not ended. */
  get living(): readonly StorageNode[] {
    return this.nodes.filter(({ process }) => !process.isDead);
  }

  async isAlive(nodeId: string): Promise<boolean> {
    if (this.#isCut) throw new Error('the backplane does not answer');
    return this.#leases.has(nodeId);
  }

  async takeTurn(name: string, ms: number): Promise<boolean> {
    if (this.#isCut) throw new Error('the backplane does not answer');
    if ((this.#turns.get(name) ?? 0) > this.#now) return false;
    this.#turns.set(name, this.#now + ms);
    return true;
  }

  async take(step: ClusterStep): Promise<void> {
    if (step.do === 'pass') this.#pass(step.ms);
    else if (step.do === 'settle') await this.settle();
    else if (step.do === 'cut' || step.do === 'mend') this.#isCut = step.do === 'cut';
    else if (step.do === 'start') await this.#start(step.at);
    else if ('at' in step) this.#change(step.do, this.#places[step.at]);
  }

  /** Resolves when no storage has anything to answer. */
  async settle(): Promise<void> {
    let pending: readonly unknown[];
    do {
      pending = this.nodes.flatMap(({ process }) => [...process.pending]);
      await Promise.all(pending);
      await new Promise((resolve) => setImmediate(resolve));
    } while (pending.length > 0);
  }

  /** Ends all trouble, and lets so much time pass that everything is done that has to be. */
  async recover(): Promise<void> {
    this.#isCut = false;
    for (const node of this.nodes) if (node.process.isDead) this.#expire(node);
    for (const [at, node] of this.#places.entries()) {
      this.#change('work', node);
      this.#change('resume', node);
      if (at === 0 && (node === undefined || node.process.isDead)) await this.#start(at);
    }
    for (let passed = 0; passed < 100_000; passed += 2_500) {
      this.#pass(2_500);
      await this.settle();
    }
  }

  /** All records. @throws {Error} when one that was lost has ended once more. */
  async records(): Promise<ReadonlyMap<string, SessionRecord>> {
    const reader = this.living[0];
    if (reader === undefined) return new Map();
    const records = await this.#storages[this.#places.indexOf(reader)]?.sessions.list({ limit: 10_000 });
    const dead = new Set(this.nodes.filter(({ process }) => process.isDead).map(({ id }) => id));
    for (const record of records ?? []) {
      const before = this.#seen.get(record.id);
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(record))
        throw new Error(`ended more than once: ${JSON.stringify([before, record])}`);
      if (record.closeReason === LOST && dead.has(record.nodeId ?? '')) this.#seen.set(record.id, record);
    }
    return new Map((records ?? []).map((record) => [record.connectionId, record]));
  }

  async #start(at: number): Promise<void> {
    const [storage, present] = [this.#storages[at], this.#places[at]];
    if (storage === undefined || (present !== undefined && !present.process.isDead)) return;
    await this.settle();
    await this.#prepare(storage);
    const node = new StorageNode(`node-${this.nodes.length}`, storage, this);
    this.nodes.push(node);
    this.#places[at] = node;
    this.#leases.add(node.id);
    await node.recorder.start();
    this.#changed();
  }

  #change(what: ClusterStep['do'], node: StorageNode | undefined): void {
    if (node === undefined) return;
    const { process } = node;
    if (what === 'expire' && (process.isDead || process.isPaused)) this.#expire(node);
    if (process.isDead) return;
    if (what === 'die') process.isDead = true;
    else if (what === 'pause' && !process.isPaused) process.pause();
    else if (what === 'resume' && process.isPaused) this.#resume(node);
    else if (what === 'connect' && !process.isPaused) node.connect();
    else if (what === 'disconnect' && !process.isPaused) node.disconnect();
    else if (what === 'fail') node.storage.isFailing = true;
    else if (what === 'work') node.storage.isFailing = false;
  }

  #expire(node: StorageNode): void {
    node.wasAway = true;
    if (this.#leases.delete(node.id)) this.#changed();
  }

  #resume(node: StorageNode): void {
    node.process.resume();
    if (this.#leases.has(node.id)) {
      // It hears what has changed meanwhile.
      node.lost.check();
      return;
    }
    this.#leases.add(node.id);
    node.recorder.reopen();
    this.#changed();
  }

  /** The set of live nodes has changed. */
  #changed(): void {
    for (const { process, lost } of this.living) if (!process.isPaused) lost.check();
  }

  #pass(ms: number): void {
    this.#now += ms;
    for (const { process, clock } of this.living) if (!process.isPaused) clock.increment(ms);
  }
}

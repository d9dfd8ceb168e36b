import type { User } from '../../src/hub/connection-info.ts';
import type { AnyHubDefinition } from '../../src/hub/setup-hub.ts';
import { nodeHub } from '../nodes/node-hub.ts';
import { type MemoryNode, type MemoryNodeOptions, MemoryNodes } from '../support/memory-nodes.ts';
import type { Peer } from '../support/memory-server.ts';

export const LEASE_MS = 10_000;
export const BEACON_MS = 1_000;
/** A lease that has run out is noticed at the next renewal. */
export const NOTICED_MS = LEASE_MS + LEASE_MS / 3 + 500;
/** Clients here say nothing for minutes. */
export const PATIENT = { clientTimeoutMs: 3_600_000, keepAliveIntervalMs: 1_800_000, detailedErrors: true };
const ANN: User = { id: 'ann', roles: [] };

type ChangeHub = (hub: ReturnType<typeof nodeHub>) => AnyHubDefinition;

/** Several nodes with the hub of `nodeHub`, and what they are told. */
export class Site {
  readonly nodes: MemoryNodes;
  /** Groups of which each node was told that messages are missing. */
  readonly gaps: string[][];
  #calls = 0;

  constructor(nodes: MemoryNodes, gaps: string[][]) {
    this.nodes = nodes;
    this.gaps = gaps;
  }

  /** Makes `count` linked nodes. @param change Changes the hub that all of them have. */
  static async of(count: number, options: MemoryNodeOptions = {}, change: ChangeHub = (hub) => hub): Promise<Site> {
    const gaps: string[][] = [];
    const hubOf = (at: number) => {
      gaps[at] = [];
      return change(nodeHub((group) => gaps[at]?.push(group)));
    };
    const hubOptions = { ...PATIENT, ...options.hubOptions };
    return new Site(await MemoryNodes.linked(count, hubOf, { ...options, hubOptions }), gaps);
  }

  node(at: number): MemoryNode {
    return this.nodes.at(at);
  }

  /** A client of a node, in a group. */
  async client(at: number, group = 'red'): Promise<Peer> {
    const peer = await this.nodes.connect(this.node(at), ANN);
    await this.call(peer, 'Join', group);
    return peer;
  }

  /** Begins a call. @returns its id. */
  begin({ client }: Peer, method: string, ...args: readonly unknown[]): string {
    this.#calls += 1;
    client.invoke(method, args, `call ${this.#calls}`);
    return `call ${this.#calls}`;
  }

  /** The answer to a call that needs no time. */
  async call(peer: Peer, method: string, ...args: readonly unknown[]): Promise<unknown> {
    const id = this.begin(peer, method, ...args);
    await this.nodes.settle();
    return answerTo(peer, id);
  }
}

export function answerTo({ client }: Peer, id: string): unknown {
  const [completion] = client.completions(id);
  return completion === undefined ? 'none' : (completion.error ?? completion.result ?? 'done');
}

export function heardBy({ client }: Peer): readonly unknown[] {
  return client.calls('Heard').map(([text]) => text);
}

export function problemsOf({ server }: MemoryNode): readonly string[] {
  return server.parts.problems().flatMap(({ part }) => (part === 'backplane' ? [part] : []));
}

/** The nodes that each node knows. */
export function known(nodes: readonly MemoryNode[]): readonly string[] {
  return nodes.map(({ cluster }) =>
    [...cluster.link.directory.others()]
      .map(({ nodeId }) => nodeId)
      .sort()
      .join(' '),
  );
}

import { HeardChannels } from '../../src/backplane/link/heard-channels.ts';
import { type Sent, SentChannels } from '../../src/backplane/link/sent-channels.ts';

const CONTROL = 'ctl';

/** What one node hears of others. */
export class Hearing {
  readonly gaps: string[] = [];
  readonly asked: { readonly bootId: string; readonly since: number; readonly at: number }[] = [];
  readonly heard = new HeardChannels(CONTROL, {
    gap: (channel, bootId) => this.gaps.push(`${channel} of ${bootId}`),
    missed: (bootId, since, at) => this.asked.push({ bootId, since, at }),
  });

  constructor(...channels: string[]) {
    for (const channel of [CONTROL, ...channels]) this.heard.subscribed(channel);
  }
}

/** A node that sends. */
export class Sending {
  readonly sent: SentChannels;
  readonly #bootId: string;

  constructor(bootId = 'b', maximum = 1_000) {
    this.#bootId = bootId;
    this.sent = new SentChannels(maximum);
  }

  /** @param to Those who get it. @returns whether the last of them has taken it. */
  send(channel: string, ...to: readonly Hearing[]): boolean {
    const envelope = { bootId: this.#bootId, ...this.sent.next(channel), items: [] };
    return to.map(({ heard }) => heard.heard(channel, envelope)).at(-1) ?? false;
  }

  beacon(...to: readonly Hearing[]): Sent {
    const announced = this.sent.announce();
    this.part(announced, ...to);
    return announced;
  }

  part(part: Sent, ...to: readonly Hearing[]): void {
    this.send(CONTROL, ...to);
    for (const { heard } of to) heard.announced(this.#bootId, part);
  }
}

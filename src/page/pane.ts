import type { ClientClass, Hub, HubPlace } from './client.ts';
import { Composer } from './composer.ts';
import { part, say } from './dom.ts';
import { Identity } from './identity.ts';
import { Link } from './link.ts';
import { MemberList } from './member-list.ts';
import { MessageLog } from './message-log.ts';
import { NameForm } from './name-form.ts';
import { People } from './people.ts';
import { Status } from './status.ts';
import { Toasts } from './toasts.ts';
import { TypingSignal, Typists } from './typing.ts';
import { looksPrivate, readWhisper } from './whisper.ts';
import { errorText, refusal } from './words.ts';

interface MessageInfo {
  readonly sentAt: string;
}

/** One chat with its own connection. Connects the hub and the views. */
export class Pane {
  readonly root: HTMLElement;
  readonly client: ClientClass;
  readonly #link: Link;
  readonly #identity: Identity;
  readonly #status: Status;
  readonly #log: MessageLog;
  readonly #people: People;
  readonly #members: MemberList;
  readonly #composer: Composer;
  readonly #nameForm: NameForm;
  readonly #toasts: Toasts;
  readonly #typists: Typists;
  readonly #typing: TypingSignal;
  readonly #hopeful = (): void => {
    if (document.visibilityState === 'visible') this.#link.retryNow();
  };

  constructor(root: HTMLElement, number: number, client: ClientClass, place: HubPlace) {
    this.root = root;
    this.client = client;
    this.#toasts = new Toasts(part(root, 'toasts', HTMLElement));
    this.#status = new Status(root, () => {
      this.#link.connect();
      // The button disappears; the focus must stay in the pane.
      part(root, 'log', HTMLElement).focus();
    });
    this.#log = new MessageLog(root, (to) => this.#composer.whisperTo(to));
    this.#people = new People(root, {
      chose: (name) => this.#composer.whisperTo(name),
      wantsMore: () => {
        if (this.#link.isOpen) void this.#members.more();
      },
    });
    this.#composer = new Composer(root, {
      send: (text, to) => this.#send(text, to),
      typed: (text, to) => this.#typed(text, to),
    });
    this.#nameForm = new NameForm(root, (name) => this.#rename(name));
    this.#typists = new Typists((names) => this.#showTypists(names));
    this.#link = new Link(client, place, {
      changed: (state) => {
        if (state.kind !== 'connected') this.#typists.clear();
        this.#status.show(state);
      },
      opened: (again) => this.#enter(again),
    });
    const { hub, label } = this.#link;
    part(root, 'client', HTMLElement).textContent = label;
    this.#members = new MemberList(hub, this.#people);
    this.#typing = new TypingSignal((on) => void hub.send('SetTyping', on).catch(() => {}));
    this.#identity = new Identity(hub, `signalbox.name.${number}`, {
      named: (name, before) => this.#named(name, before),
      problem: (text) => this.#toasts.show(text),
    });
    this.#listen(hub);
    window.addEventListener('online', this.#hopeful);
    document.addEventListener('visibilitychange', this.#hopeful);
    void this.#link.start();
  }

  focus(): void {
    this.#composer.focus();
  }

  close(): void {
    window.removeEventListener('online', this.#hopeful);
    document.removeEventListener('visibilitychange', this.#hopeful);
    this.#typing.stopped();
    this.#typists.clear();
    this.#log.stop();
    this.#people.stop();
    this.root.remove();
    void this.#link.stop().then(() => this.#status.stop());
  }

  #listen(hub: Hub): void {
    hub.on('ReceiveMessage', (author: string, text: string, { sentAt }: MessageInfo) => {
      this.#typists.set(author, false);
      this.#log.add({ author, text, sentAt: new Date(sentAt), own: this.#identity.isMe(author) });
    });
    hub.on('ReceiveWhisper', (author: string, text: string, { sentAt }: MessageInfo) => {
      this.#log.add({ author, text, sentAt: new Date(sentAt), own: false, whisper: 'received' });
    });
    hub.on('UserJoined', (name: string) => {
      this.#members.joined(name);
      this.#log.joined(name);
    });
    hub.on('UserLeft', (name: string) => {
      this.#members.left(name);
      this.#typists.set(name, false);
      this.#log.note(say`${name} left`);
      void this.#identity.freed(name).catch(() => {});
    });
    hub.on('UserRenamed', (from: string, to: string) => {
      this.#members.renamed(from, to, false);
      this.#typists.rename(from, to);
      this.#composer.renamed(from, to);
      this.#log.renamed(from, to);
      void this.#identity.freed(from).catch(() => {});
    });
    hub.on('UserTyping', (name: string, on: boolean) => this.#typists.set(name, on));
  }

  /**
   * Sets the user's name and requests the users, on a new connection. If it is lost meanwhile, the next one starts
   * again.
   */
  async #enter(again: boolean): Promise<void> {
    try {
      // Errors of the previous connection are no longer relevant.
      this.#toasts.clear();
      await this.#identity.restore();
      await this.#members.begin(this.#identity.name);
      if (again) this.#log.note('Back on the line. What was said in between is not shown.');
    } catch (error) {
      const why = refusal(error);
      if (why !== undefined) this.#toasts.show(why);
    }
  }

  #named(name: string, before: string): void {
    this.#nameForm.show(name);
    if (before === '' || before === name) return;
    this.#members.renamed(before, name, true);
    this.#log.note(say`You are now ${name}`);
  }

  async #rename(name: string): Promise<boolean> {
    return this.#isOnline('your name stays as it is') && (await this.#identity.rename(name));
  }

  async #send(text: string, whisperTo: string | undefined): Promise<boolean> {
    if (!this.#isOnline('your text stays here')) return false;
    this.#typing.stopped();
    const command = readWhisper(text, this.#people.names());
    const whisper = command ?? (whisperTo === undefined ? undefined : { to: whisperTo, text });
    if (whisper?.to === '') {
      this.#toasts.show('Write /w name text, or choose a name among who is here.');
      return false;
    }
    try {
      if (whisper === undefined) await this.#link.hub.invoke('SendMessage', text);
      else if (whisper.text === '') this.#composer.whisperTo(whisper.to);
      else await this.#whisper(whisper.to, whisper.text);
      return true;
    } catch (error) {
      this.#toasts.show(errorText(error));
      return false;
    }
  }

  async #whisper(to: string, text: string): Promise<void> {
    await this.#link.hub.invoke('Whisper', to, text);
    this.#log.add({ author: this.#identity.name, text, sentAt: new Date(), own: true, whisper: { to } });
  }

  #typed(text: string, whisperTo: string | undefined): void {
    if (text === '' || whisperTo !== undefined || looksPrivate(text)) this.#typing.stopped();
    else if (this.#link.isConnected) this.#typing.typed();
  }

  #isOnline(consequence: string): boolean {
    if (!this.#link.isConnected) this.#toasts.show(`Not connected: ${consequence}.`);
    return this.#link.isConnected;
  }

  #showTypists(names: readonly string[]): void {
    const [first = '', second = '', ...others] = names;
    const line = part(this.root, 'typing', HTMLElement);
    line.classList.toggle('on', names.length > 0);
    if (names.length === 0) line.replaceChildren();
    else if (second === '') line.replaceChildren(say`${first} is typing`);
    else if (others.length === 0) line.replaceChildren(say`${first} and ${second} are typing`);
    else line.replaceChildren(say`${first}, ${second} and ${String(others.length)} more are typing`);
  }
}

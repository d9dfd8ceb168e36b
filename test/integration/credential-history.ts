// One history of credentials and connections, which are compared with the model after each step.
import type { RawClient } from '../support/raw-client.ts';
import { type Credential, isGood, isOut, named, type Over, overOf, PROMISED_MS, type Why } from './credential-model.ts';
import { type Call, type CredentialSite, inTime, soon } from './credential-site.ts';

type TransportName = 'WebSockets' | 'ServerSentEvents' | 'LongPolling';
type Where = 'here' | 'elsewhere';

export type Step =
  | { readonly does: 'connect'; over: TransportName; credential: number; isSlow: boolean }
  | { readonly does: 'show'; connection: number; credential: number; isSlow: boolean; polls: boolean; waits: boolean }
  | { readonly does: 'leave'; connection: number }
  | { readonly does: 'return'; connection: number; credential: number; isSlow: boolean }
  | { readonly does: 'answer'; which: number }
  | { readonly does: 'pass'; ms: number }
  | { readonly does: 'issue'; user: number; isDated: boolean; lifetimeMs: number | undefined }
  | { readonly does: 'make key'; user: number; lifetimeMs: number | undefined }
  | { readonly does: 'revoke'; credential: number; where: Where }
  | { readonly does: 'revoke user'; user: number; where: Where }
  | { readonly does: 'revoke key'; key: number; where: Where }
  | { readonly does: 'rotate'; key: number; where: Where; overlapMs: number };

export type Reachable =
  | 'ends with what expires'
  | 'ends with what is revoked here'
  | 'ends with what is ended in the store'
  | 'ends while it is away'
  | 'lives on with another credential'
  | 'an earlier request is overtaken'
  | 'is refused'
  | 'is over before authenticate answers';

/** A client with stateful reconnect, or one between two polls, may be away for 15 seconds. */
const AWAY_MS = 14_000;
const MOST_RETURNS = 5;
const MOST_SECRETS = 6;

interface Connection {
  readonly id: string;
  readonly path: string;
  readonly over: TransportName;
  credential: Credential;
  /** Number of the request that showed it. */
  arrival: number;
  /** When its user was revoked, while it showed what nobody knows the age of; undefined: not. */
  undatedOver: Over | undefined;
  /** It showed that while its user was revoked elsewhere: nobody knows which came first. */
  mayEnd: boolean;
  client: RawClient | undefined;
  /** undefined: the client is there. */
  awaySince: number | undefined;
  returns: number;
  hasChanged: boolean;
}

interface Held {
  readonly call: Call<unknown>;
  readonly credential: Credential;
  finish(): Promise<void>;
}

const ENDS: Readonly<Record<Why, Reachable>> = {
  expired: 'ends with what expires',
  'revoked here': 'ends with what is revoked here',
  'ended in the store': 'ends with what is ended in the store',
};

let histories = 0;

export class CredentialHistory {
  readonly faults: string[] = [];
  readonly #site: CredentialSite;
  readonly #reached: (what: Reachable, isSo?: boolean) => void;
  readonly #users: readonly string[];
  readonly #credentials: Credential[] = [];
  readonly #connections = new Set<Connection>();
  readonly #held: Held[] = [];
  /** Undated credentials that are shown until then may be ended: their user was revoked elsewhere. */
  readonly #undatedUntil = new Map<string, number>();
  readonly #userRevokedAt = new Map<string, Over>();
  /** Keys that can be rotated. */
  readonly #keys: { readonly id: string; readonly expiresAt: number | undefined }[] = [];

  constructor(site: CredentialSite, reached: (what: Reachable, isSo?: boolean) => void) {
    histories += 1;
    this.#site = site;
    this.#reached = reached;
    this.#users = [`ann${histories}`, `bob${histories}`];
  }

  async begin(): Promise<void> {
    for (const user of [0, 0, 1]) {
      await this.take({ does: 'make key', user, lifetimeMs: undefined });
      await this.take({ does: 'issue', user, isDated: true, lifetimeMs: 3_000 });
      await this.take({ does: 'issue', user, isDated: user === 0, lifetimeMs: undefined });
    }
  }

  async take(step: Step): Promise<void> {
    await this.#do(step);
    await this.#check(`after ${JSON.stringify(step)}`);
  }

  /** Answers what waits, lets everything be noticed, and ends what is left. */
  async end(): Promise<void> {
    while (this.#held.length > 0) await this.take({ does: 'answer', which: 0 });
    await this.take({ does: 'pass', ms: PROMISED_MS + 100 });
    for (const [at] of this.#credentials.entries()) await this.#do({ does: 'revoke', credential: at, where: 'here' });
    await this.take({ does: 'pass', ms: PROMISED_MS + 100 });
    if (this.#connections.size > 0) this.faults.push(`${this.#connections.size} connections are left`);
  }

  get #now(): number {
    return this.#site.clock.wallNow();
  }

  async #do(step: Step): Promise<void> {
    const { server } = this.#site;
    switch (step.does) {
      case 'connect':
        return this.#connect(step.over, at(this.#credentials, step.credential), step.isSlow);
      case 'show':
        return this.#show(step);
      case 'leave':
        return this.#leave(at(this.#returning(), step.connection));
      case 'return':
        return this.#return(at(this.#returning(), step.connection), step.credential, step.isSlow);
      case 'answer':
        return this.#answer(step.which);
      case 'pass':
        return this.#site.pass(step.ms, () => this.#check('while time passes'));
      case 'issue':
        return this.#issue(step);
      case 'make key':
        return this.#makeKey(step);
      case 'revoke': {
        const credential = at(this.#credentials, step.credential) as Credential;
        const { credentialId } = credential;
        credential.overs.push({ at: this.#now, why: step.where === 'here' ? 'revoked here' : 'ended in the store' });
        if (step.where === 'here') await server.revoke(credentialId);
        else await this.#site.storage.keys.revokeCredential(credentialId, this.#now, null);
        return;
      }
      case 'revoke user':
        return this.#revokeUser(this.#users[step.user] as string, step.where);
      case 'revoke key': {
        const key = at(this.#keys, step.key);
        if (key === undefined) return;
        this.#keys.splice(this.#keys.indexOf(key), 1);
        await this.#keysOf(step.where).revoke(key.id);
        const over: Over = { at: this.#now, why: step.where === 'here' ? 'revoked here' : 'ended in the store' };
        for (const { overs } of this.#secretsOf(key.id)) overs.push(over);
        return;
      }
      case 'rotate':
        return this.#rotate(step);
    }
  }

  #keysOf(where: Where) {
    return where === 'here' ? this.#site.server.keys : this.#site.elsewhere;
  }

  #secretsOf(keyId: string): Credential[] {
    return this.#credentials.filter((credential) => credential.keyId === keyId);
  }

  #issue({ user, isDated, lifetimeMs }: Extract<Step, { does: 'issue' }>): void {
    const now = this.#now;
    const userId = this.#users[user] as string;
    const secret = `${userId}-${this.#credentials.length}`;
    const expiresAt = lifetimeMs === undefined ? {} : { expiresAt: now + lifetimeMs };
    const issuedAt = isDated ? { issuedAt: now } : {};
    this.#site.tokens.set(secret, { id: userId, roles: [], credentialId: secret, ...expiresAt, ...issuedAt });
    this.#add({
      secret,
      userId,
      credentialId: secret,
      issuedAt: isDated ? now : undefined,
      keyId: undefined,
      knownAt: now,
      overs: lifetimeMs === undefined ? [] : [{ at: now + lifetimeMs, why: 'expired' }],
    });
  }

  async #makeKey({ user, lifetimeMs }: Extract<Step, { does: 'make key' }>): Promise<void> {
    const userId = this.#users[user] as string;
    const expiresAt = lifetimeMs === undefined ? {} : { expiresAt: this.#now + lifetimeMs };
    const { key, secret } = await this.#site.elsewhere.create({ kind: 'virtual', name: 'app', userId, ...expiresAt });
    this.#keys.push({ id: key.id, ...{ expiresAt: undefined, ...expiresAt } });
    this.#add({
      secret,
      userId,
      credentialId: `${key.id}.1`,
      issuedAt: key.createdAt,
      keyId: key.id,
      knownAt: key.createdAt,
      overs: lifetimeMs === undefined ? [] : [{ at: this.#now + lifetimeMs, why: 'expired' }],
    });
  }

  /** What is issued in the moment in which its user is revoked is revoked, too. */
  #add(credential: Credential): void {
    const revoked = this.#userRevokedAt.get(credential.userId);
    const { issuedAt } = credential;
    if (revoked !== undefined && issuedAt !== undefined && issuedAt <= revoked.at) credential.overs.push(revoked);
    this.#credentials.push(credential);
  }

  async #rotate(step: Extract<Step, { does: 'rotate' }>): Promise<void> {
    const key = at(this.#keys, step.key);
    const secrets = this.#secretsOf(key?.id ?? '');
    const [first] = secrets;
    if (key === undefined || first === undefined || secrets.length > MOST_SECRETS) return;
    const { id, expiresAt } = key;
    if (expiresAt !== undefined && expiresAt <= this.#now) return;
    const { secret } = await this.#keysOf(step.where).rotate(id, { overlapMs: step.overlapMs });
    const isHere = step.where === 'here';
    const why = isHere && step.overlapMs === 0 ? 'revoked here' : 'ended in the store';
    for (const { overs } of secrets) overs.push({ at: this.#now + step.overlapMs, why });
    const overs = expiresAt === undefined ? [] : [{ at: expiresAt, why: 'expired' as const }];
    const credentialId = `${id}.${secrets.length + 1}`;
    this.#add({ ...first, secret, credentialId, overs, knownAt: this.#now + (isHere ? 0 : PROMISED_MS) });
  }

  async #revokeUser(userId: string, where: Where): Promise<void> {
    const now = this.#now;
    const over: Over = { at: now, why: where === 'here' ? 'revoked here' : 'ended in the store' };
    this.#userRevokedAt.set(userId, over);
    for (const { overs, issuedAt, userId: id } of this.#credentials) {
      if (id === userId && issuedAt !== undefined) overs.push(over);
    }
    for (const connection of this.#connections) {
      const { credential } = connection;
      if (credential.userId === userId && credential.issuedAt === undefined) connection.undatedOver ??= over;
    }
    if (where === 'here') await this.#site.server.revoke({ userId });
    else {
      this.#undatedUntil.set(userId, now + PROMISED_MS);
      await this.#site.storage.keys.revokeUser(userId, now);
    }
  }

  async #connect(over: TransportName, credential: Credential | undefined, isSlow: boolean): Promise<void> {
    if (credential === undefined) return;
    const { secret } = credential;
    const { status, body } = await (await this.#site.negotiate(secret)).answer;
    if (!this.#judge(status, credential, 'a negotiation')) return;
    const { connectionId: id, connectionToken } = JSON.parse(body);
    const path = `/hub?id=${connectionToken}`;
    const open = { id, path, over, credential, negotiatedAt: this.#now };
    if (over === 'WebSockets') {
      const call = await this.#site.socket(path, secret, isSlow);
      await this.#hold(isSlow, call, credential, () => this.#openSocket(open, call));
    } else if (over === 'ServerSentEvents') {
      const call = await this.#site.stream(path, secret, isSlow);
      await this.#hold(isSlow, call, credential, async () => {
        const response = await inTime('the beginning of a stream', call.answer);
        response.resume().on('error', () => {});
        await this.#opened(open, call.arrival, response.statusCode ?? 0, undefined);
      });
    } else {
      const call = await this.#site.ask('GET', path, secret, { isSlow });
      await this.#hold(isSlow, call, credential, async () => {
        const { status } = await inTime('the first poll', call.answer);
        await this.#opened(open, call.arrival, status, undefined);
      });
    }
  }

  async #openSocket(open: Opening, { answer, arrival }: Call<RawClient | number>): Promise<void> {
    const client = await inTime('a WebSocket', answer);
    if (typeof client === 'number') await this.#opened(open, arrival, client, undefined);
    else await this.#opened(open, arrival, 101, client);
  }

  /** A transport has opened, or was refused. */
  async #opened(
    { id, path, over, credential, negotiatedAt }: Opening,
    arrival: number,
    status: number,
    client: RawClient | undefined,
  ): Promise<void> {
    // A negotiation waits for its transport only so long.
    if (status === 404 && this.#now - negotiatedAt > AWAY_MS) return;
    if (!this.#judge(status, credential, `a connection over ${over}`)) return;
    const connection: Connection = {
      id,
      path,
      over,
      credential,
      arrival,
      undatedOver: undefined,
      mayEnd: false,
      client,
      awaySince: over === 'LongPolling' ? this.#now : undefined,
      returns: 0,
      hasChanged: false,
    };
    this.#connections.add(connection);
    this.#showed(connection, credential, arrival);
    const handshake = JSON.stringify({ protocol: 'json', version: client === undefined ? 1 : 2 });
    if (client === undefined) {
      const post = await this.#site.ask('POST', path, credential.secret, { body: `${handshake}\x1e` });
      await inTime('a handshake', post.answer);
    } else client.text(`${handshake}\x1e`);
    const isThere = await soon(() => this.#site.listed.has(id) || !this.#site.kept.has(id));
    if (!isThere && this.#overOf(connection) === undefined) this.faults.push(`${over} does not open`);
  }

  async #show({ connection: n, credential: m, isSlow, polls, waits }: Extract<Step, { does: 'show' }>): Promise<void> {
    const connection = at([...this.#connections], n);
    if (connection === undefined) return;
    const credential = at(this.#credentials, m) as Credential;
    const { secret } = credential;
    const isPoll = polls && connection.over === 'LongPolling';
    const path = isPoll ? connection.path : connection.path.replace('?', '/refresh?');
    const call = await this.#site.ask(isPoll ? 'GET' : 'POST', path, secret, { isSlow });
    await this.#hold(isSlow, call, credential, async () => {
      const mayWait = waits && isGood(credential, this.#now);
      if (isPoll && mayWait && this.#isHealthy(connection) && credential.userId === connection.credential.userId) {
        // It waits for messages, and whoever is refused does not.
        const refused = () => this.faults.push(`a waiting poll is refused, and ${named(credential)} is good`);
        void call.answer.then(
          ({ status }) => status === 401 && refused(),
          () => {},
        );
        await this.#settle();
        connection.awaySince = undefined;
        this.#showed(connection, credential, call.arrival);
        return;
      }
      await this.#settle();
      if (isPoll) this.#site.tick(connection.id);
      const { status } = await inTime(`the answer to ${isPoll ? 'a poll' : 'a refresh'}`, call.answer);
      if (credential.userId !== connection.credential.userId) {
        if (status < 400) this.faults.push(`somebody else is let in with ${status}`);
        return;
      }
      const isGone = !this.#isHealthy(connection);
      if (!this.#judge(status, credential, isPoll ? 'a poll' : 'a refresh', isGone && status === 404)) return;
      if (isPoll) connection.awaySince = this.#now;
      this.#showed(connection, credential, call.arrival);
    });
  }

  async #leave(connection: Connection | undefined): Promise<void> {
    if (connection?.client === undefined || connection.awaySince !== undefined) return;
    connection.client.reset();
    connection.awaySince = this.#now;
    const isAway = () => {
      const found = [...this.#site.server.supervisor.connections()].find(
        ({ connectionId }) => connectionId === connection.id,
      );
      return found === undefined || found.isClosing || found.transport.end !== undefined;
    };
    if (!(await soon(isAway))) this.faults.push('nobody notices who leaves');
  }

  async #return(connection: Connection | undefined, n: number, isSlow: boolean): Promise<void> {
    if (connection?.awaySince === undefined || connection.returns === MOST_RETURNS) return;
    connection.returns += 1;
    const nth = connection.returns;
    const own = this.#credentials.filter(({ userId }) => userId === connection.credential.userId);
    const credential = at(own, n) as Credential;
    const call = await this.#site.socket(connection.path, credential.secret, isSlow);
    await this.#hold(isSlow, call, credential, async () => {
      const client = await inTime('a return', call.answer);
      const status = typeof client === 'number' ? client : 101;
      // Somebody else may have returned meanwhile.
      const mayFail = status === 404 && !this.#isHealthy(connection);
      if (!this.#judge(status, credential, 'a return', mayFail || connection.returns > nth)) return;
      connection.client = client as RawClient;
      connection.awaySince = undefined;
      this.#showed(connection, credential, call.arrival);
    });
  }

  async #hold(
    isSlow: boolean,
    call: Call<unknown>,
    credential: Credential,
    finish: () => Promise<void>,
  ): Promise<void> {
    if (isSlow) this.#held.push({ call, credential, finish });
    else await finish();
  }

  async #answer(which: number): Promise<void> {
    const held = at(this.#held, which);
    if (held === undefined) return;
    this.#held.splice(this.#held.indexOf(held), 1);
    held.call.release();
    this.#reached('is over before authenticate answers', isOut(held.credential, this.#now));
    await held.finish();
  }

  /** @returns whether a request was let in; compares that with what the model says. */
  #judge(status: number, credential: Credential, what: string, isExcused = false): boolean {
    const now = this.#now;
    const isLetIn = status < 400;
    this.#reached('is refused', status === 401);
    if (isLetIn && isOut(credential, now))
      this.faults.push(`${what} is let in with ${named(credential)}, which is over`);
    if (!isLetIn && !isExcused && isGood(credential, now))
      this.faults.push(`${what} is refused with ${status}, and ${named(credential)} is good`);
    return isLetIn;
  }

  /** A connection has shown a credential: it counts, unless a later request has brought one. */
  #showed(connection: Connection, credential: Credential, arrival: number): void {
    this.#reached('an earlier request is overtaken', arrival < connection.arrival);
    if (arrival < connection.arrival) return;
    // It was over, and may have ended before this.
    if (this.#overOf(connection) !== undefined && !this.#site.listed.has(connection.id)) return;
    connection.hasChanged ||= connection.credential !== credential;
    connection.arrival = arrival;
    connection.credential = credential;
    connection.undatedOver = undefined;
    const undatedUntil = this.#undatedUntil.get(credential.userId) ?? 0;
    if (credential.issuedAt === undefined && this.#now <= undatedUntil) connection.mayEnd = true;
  }

  /** The end of what a connection shows. */
  #overOf({ credential, undatedOver }: Connection): Over | undefined {
    const over = overOf(credential, this.#now);
    return undatedOver !== undefined && undatedOver.at <= (over?.at ?? undatedOver.at) ? undatedOver : over;
  }

  /** Whether a connection has to be there. */
  #isHealthy(connection: Connection): boolean {
    const { awaySince, mayEnd } = connection;
    const isAwayTooLong = awaySince !== undefined && this.#now - awaySince > AWAY_MS;
    return this.#connections.has(connection) && !mayEnd && !isAwayTooLong && this.#overOf(connection) === undefined;
  }

  #returning(): Connection[] {
    return [...this.#connections].filter(({ client }) => client !== undefined);
  }

  /** Lets the server do what it can do at once. */
  async #settle(): Promise<void> {
    await this.#site.turns();
  }

  async #check(when: string): Promise<void> {
    const { listed, kept } = this.#site;
    for (const connection of this.#connections) {
      const { id, over: name, awaySince, hasChanged } = connection;
      const over = this.#overOf(connection);
      if (this.#isHealthy(connection)) {
        if (!listed.has(id))
          this.faults.push(`${when}: one over ${name} has ended, and ${named(connection.credential)} is good`);
        const shown = listed.get(id)?.user?.credentialId;
        if (shown !== connection.credential.credentialId)
          this.faults.push(`${when}: one over ${name} has ${shown}, and its latest is ${named(connection.credential)}`);
        if (hasChanged) this.#reached('lives on with another credential');
      }
      if (over !== undefined && this.#now - over.at >= PROMISED_MS) {
        if (listed.has(id))
          this.faults.push(`${when}: one over ${name} is open, and ${named(connection.credential)} is over`);
        if (!(await soon(() => !this.#site.kept.has(id))))
          this.faults.push(`${when}: one over ${name} has its transport, and ${named(connection.credential)} is over`);
      }
      if (kept.has(id) && this.faults.length === 0) continue;
      this.#connections.delete(connection);
      if (over === undefined) continue;
      this.#reached(ENDS[over.why]);
      this.#reached('ends while it is away', awaySince !== undefined && name === 'WebSockets');
    }
  }
}

interface Opening {
  readonly id: string;
  readonly path: string;
  readonly over: TransportName;
  readonly credential: Credential;
  readonly negotiatedAt: number;
}

function at<T>(all: readonly T[], n: number): T | undefined {
  return all[n % Math.max(1, all.length)];
}

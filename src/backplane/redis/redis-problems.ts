import { BackplaneError, type BackplaneProblem } from '../backplane.ts';
import { SCRIPTS } from './redis-scripts.ts';

interface Entry {
  /** Of the first line of an answer, or the code of Node. */
  readonly pattern: RegExp;
  readonly problem: BackplaneProblem;
  readonly text: string;
  /** Whether the connection is of no use: a new one may lead to another server, and loads what is missing. */
  readonly isLost?: true;
}

const TLS =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/;

/** The first that fits counts. */
const PROBLEMS: readonly Entry[] = [
  {
    pattern: /^(WRONGPASS|NOAUTH)\b|without any password configured|invalid password/,
    problem: 'refused',
    text: 'does not let this server in: check user and password of the URL',
  },
  {
    pattern: /^NOPERM\b|\bACL failure\b|^ERR The user executing the script can't/,
    problem: 'refused',
    text: 'does not allow the user of the URL what is needed: give it the rights of its keys and channels',
  },
  {
    pattern: /^(MOVED|ASK|CROSSSLOT|CLUSTERDOWN)\b/,
    problem: 'refused',
    text: 'runs in cluster mode: name one without',
  },
  { pattern: /^DENIED\b/, problem: 'refused', text: 'is in protected mode: give it a password' },
  {
    pattern: /^WRONGTYPE\b/,
    problem: 'refused',
    text: 'has keys of another program under this prefix: set another backplanePrefix',
  },
  { pattern: /DB index is out of range/, problem: 'refused', text: 'has no database of this number: name another one' },
  {
    pattern: /^READONLY\b/,
    problem: 'unreachable',
    text: 'is a replica, which may only be read: name the Redis that takes writes',
    isLost: true,
  },
  { pattern: /^NOSCRIPT\b/, problem: 'unreachable', text: 'has lost our scripts: they are loaded again', isLost: true },
  { pattern: /^(LOADING|MASTERDOWN)\b/, problem: 'unreachable', text: 'is starting', isLost: true },
  { pattern: /^BUSY\b/, problem: 'unreachable', text: 'runs a script of somebody else: see SCRIPT KILL' },
  { pattern: /^OOM\b/, problem: 'unreachable', text: 'has no memory left: raise its maxmemory' },
  { pattern: /^(MISCONF|NOREPLICAS)\b/, problem: 'unreachable', text: 'takes no writes: check its disk and replicas' },
  { pattern: /max number of clients/, problem: 'unreachable', text: 'has no free connection: raise its maxclients' },
  {
    pattern: TLS,
    problem: 'refused',
    text: 'has a certificate that is not accepted: name its authority as `ca` in the URL, and the host of the certificate',
  },
  {
    pattern: /^(ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/,
    problem: 'refused',
    text: 'has no TLS on this port: use redis://, or its port with TLS',
  },
  { pattern: /^ERR_(SSL|OSSL|TLS)_\w+$/, problem: 'refused', text: 'does not agree on TLS: check both sides' },
  {
    pattern: /^(ENOTFOUND|EAI_AGAIN)$/,
    problem: 'unreachable',
    text: 'cannot be found: check the name of the host, and the name server',
  },
  { pattern: /^ETIMEDOUT$/, problem: 'unreachable', text: 'does not answer in time: check its load and the network' },
  {
    pattern: /^E[A-Z]+$/,
    problem: 'unreachable',
    text: 'cannot be reached: check that it runs, and that this machine may connect to it',
  },
];

/** What ioredis says of a connection that has ended. */
const ENDED = /Connection is closed|Stream isn't writeable|Command aborted/;

/** An error, and whether the connection on which it came is of no use. */
export interface RedisProblem {
  readonly error: BackplaneError;
  readonly isLost: boolean;
}

/**
 * Turns any thrown value into an error that the operator can act on. It shows nothing of a command: ioredis and Redis
 * quote arguments, which are messages and passwords.
 *
 * @param place Host and port.
 */
export function redisProblem(thrown: unknown, place: string): RedisProblem {
  if (thrown instanceof BackplaneError) return { error: thrown, isLost: false };
  const { code, name, message } = thrown as Readonly<Record<string, unknown>>;
  const line = String(message ?? thrown);
  const isAnswer = name === 'ReplyError';
  const key = isAnswer ? line : String(code ?? '');
  const entry = PROBLEMS.find(({ pattern }) => pattern.test(key));
  const isLost = entry?.isLost === true;
  if (entry !== undefined) return { error: errorOf(entry.problem, place, entry.text, detailOf(key)), isLost };
  if (isAnswer) return { error: errorOf('refused', place, 'does not do what is needed', detailOf(line)), isLost };
  return { error: errorOf('unreachable', place, 'cannot be used: check that it is Redis or Valkey'), isLost };
}

/** Whether Node or ioredis says that the connection has ended. */
export function isEnd(thrown: unknown): boolean {
  const { code, message } = thrown as Readonly<Record<string, unknown>>;
  return /^(ECONNRESET|EPIPE)$/.test(String(code)) || ENDED.test(String(message));
}

function errorOf(problem: BackplaneProblem, place: string, text: string, detail?: string): BackplaneError {
  return new BackplaneError(problem, `Redis at ${place} ${text}${detail === undefined ? '' : ` (${detail})`}.`);
}

/** The code of an answer, and the command or the object that it is about. */
function detailOf(line: string): string {
  const [code = ''] = /^\w+/.exec(line) ?? [];
  const [, named] = /unknown command ['`]([\w|-]{1,30})['`]|'([\w|]{1,30})' command/.exec(line)?.filter(Boolean) ?? [];
  const command = named ?? commandOfScript(line);
  const object = /\b(channel|key)s?\b/.exec(line)?.[1];
  return [code, ...(command === undefined ? [] : [command]), ...(object === undefined ? [] : [object])].join(', ');
}

/** The command in the line of a script of ours that an answer names; undefined: it names none. */
function commandOfScript(answer: string): string | undefined {
  const [, sha, line] = /script: (\w+), on @user_script:(\d+)\.$/.exec(answer) ?? [];
  const called = SCRIPTS.find((script) => script.sha === sha)?.lua.split('\n')[Number(line) - 1];
  return /\bcall\('(\w+)'/.exec(called ?? '')?.[1]?.toLowerCase();
}

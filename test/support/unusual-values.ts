// Values that authors of hubs may throw and return by mistake: JavaScript allows anything.
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { z } from 'zod';
import { type HubMethod, type HubOptions, method, setupHub } from '../../src/index.ts';

/** A logger that writes everything, as in development, so that every thrown value passes through it, too. */
export function loudLog() {
  return pino({ level: 'debug' }, new Writable({ write: (_chunk, _encoding, done) => done() }));
}

const cycle: Record<string, unknown> = {};
cycle.self = cycle;

export const trap = (): never => {
  throw new Error('trapped');
};
/** Throws at every use: none of its properties can be read. */
const untouchable = new Proxy(
  {},
  { get: trap, getPrototypeOf: trap, has: trap, ownKeys: trap, getOwnPropertyDescriptor: trap },
);

/** Values that a method may throw. */
export const THROWN: Readonly<Record<string, unknown>> = {
  'an Error': new Error('secret'),
  null: null,
  undefined: undefined,
  'a text': 'secret',
  'a number': 7,
  'a symbol': Symbol('secret'),
  'a BigInt': 1n,
  'a function': () => 'secret',
  'a cycle': cycle,
  'an object without a prototype': Object.create(null),
  'an object whose toString throws': { toString: trap, [Symbol.toPrimitive]: trap },
  'an object whose message throws': {
    get message() {
      return trap();
    },
  },
  'an Error whose message throws': Object.defineProperty(new Error('x'), 'message', { get: trap }),
  'an Error whose stack throws': Object.defineProperty(new Error('x'), 'stack', { get: trap }),
  'an Error whose name is no text': Object.assign(new Error('secret'), { name: { toString: trap } }),
  'an Error with itself as its cause': (() => {
    const error = new Error('secret');
    error.cause = error;
    return error;
  })(),
  'an Error whose toJSON throws': Object.assign(new Error('secret'), { toJSON: trap }),
  'a promise that rejects': (() => {
    const rejection = Promise.reject(new Error('secret'));
    rejection.catch(() => {});
    return rejection;
  })(),
  'a proxy that throws at every touch': untouchable,
};

/** Values that a method may return, but that no protocol can write or that cannot even be awaited. */
export const RETURNED: Readonly<Record<string, unknown>> = {
  'a cycle': cycle,
  'a BigInt': 1n,
  'a BigInt deep inside': { list: [{ n: 1n }] },
  NaN: Number.NaN,
  'an infinity': [Number.POSITIVE_INFINITY],
  'a function': () => {},
  'a symbol': { s: Symbol('s') },
  'an object whose getter throws': {
    get value() {
      return trap();
    },
  },
  'an object whose toJSON throws': { toJSON: trap },
  'an object whose toJSON returns a BigInt': { toJSON: () => 1n },
  'something 100 levels deep': Array.from({ length: 100 }).reduce((inner) => [inner], 'core'),
  'an object whose then throws': {
    // biome-ignore lint/suspicious/noThenProperty: it is what authors may return
    get then() {
      return trap();
    },
  },
  'a promise whose constructor throws': Object.defineProperty(Promise.resolve(), 'constructor', { get: trap }),
  'a proxy that throws at every touch': untouchable,
};

/** A hub with `methods`, and one method that works. */
export function hubOf(methods: Record<string, HubMethod<unknown>>, options: HubOptions = {}) {
  return setupHub({}).createHub({
    options,
    methods: { Echo: method([z.unknown()], (_hub, value) => value), ...methods },
  });
}

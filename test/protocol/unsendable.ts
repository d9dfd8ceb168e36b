// Values that cannot be sent with any protocol.
import fc from 'fast-check';

const circle: Record<string, unknown> = {};
circle.self = { again: circle };

/** Values that no SignalR protocol can write, made anew for each use. */
export const POISONS: Readonly<Record<string, () => unknown>> = {
  BigInt: () => 1n,
  NaN: () => Number.NaN,
  'an infinity': () => Number.NEGATIVE_INFINITY,
  'a function': () => () => 1,
  'a class': () => class {},
  'a symbol': () => Symbol('s'),
  'a cycle': () => circle,
  'a throwing getter': () => ({
    get secret(): never {
      throw new Error('SECRET');
    },
  }),
  'a throwing toJSON': () => ({
    toJSON(): never {
      throw new TypeError('SECRET');
    },
  }),
  'a toJSON that returns a BigInt': () => ({ toJSON: () => 1n }),
  'a toJSON that returns NaN': () => ({ toJSON: () => Number.NaN }),
  'a toJSON that returns a cycle': () => ({ toJSON: () => circle }),
  'a proxy that refuses': () =>
    new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('SECRET');
        },
      },
    ),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'too many levels': () => JSON.parse('['.repeat(63) + ']'.repeat(63)) as unknown,
  'too many levels behind toJSON': () => ({ toJSON: () => JSON.parse('['.repeat(200) + ']'.repeat(200)) as unknown }),
  'a lonely NaN in an object of its own': () => new Number(Number.NaN),
};

/** A value that contains it: it has to be found however it is nested. */
export const wrapper = fc.constantFrom<(poison: unknown) => unknown>(
  (poison) => [1, poison],
  (poison) => ({ before: 'fine', poison }),
  (poison) => ({ toJSON: () => ({ poison }) }),
  (poison) => ({ bytes: new Uint8Array([1]), poison }),
  (poison) => ({ poison, when: new Date(0) }),
);

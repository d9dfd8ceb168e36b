import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';
import { type Args, type HubMethod, method, type Schemas, setupHub } from '../../src/index.ts';
import { same } from './same.ts';

// Arguments have the output types of the schemas, of any library.

const pages = method([z.string(), z.coerce.number(), z.string().default('en')], (_hub, title, count, language) => {
  same<typeof title, string>(true);
  same<typeof count, number>(true);
  same<typeof language, string>(true);
  return Promise.resolve({ title, count });
});
// A result is what the method's promise resolves to.
same<typeof pages extends HubMethod<never, Schemas, infer R> ? R : 'none', { title: string; count: number }>(true);

setupHub({ state: () => ({ seen: 0 }) }).createHub({
  methods: {
    pages,
    Libraries: method([z.object({ a: z.number() }), v.string(), type('boolean')], (hub, zod, valibot, arktype) => {
      same<typeof zod, { a: number }>(true);
      same<typeof valibot, string>(true);
      same<typeof arktype, boolean>(true);
      hub.state.seen += zod.a;
    }),
    Transformed: method([v.pipe(v.string(), v.transform(Number)), type('string.integer.parse')], (_hub, a, b) => {
      same<typeof a, number>(true);
      same<typeof b, number>(true);
    }),
    Optional: method([z.string(), z.number().optional()], (_hub, _name, age) => {
      same<typeof age, number | undefined>(true);
      // @ts-expect-error it may have been left out
      return age + 1;
    }),
    Fewer: method([z.string(), z.number()], (_hub, name) => name.length),
    None: method([], (hub) => hub.state.seen),

    // @ts-expect-error there is a schema for one argument only
    TooMany: method([z.string()], (_hub, first, second) => [first, second]),
    // @ts-expect-error the schema says text
    Annotated: method([z.string()], (_hub, first: number) => first),
    // @ts-expect-error arguments are a list, even one
    NoList: method(z.string(), () => 1),
    // @ts-expect-error a type's name is no schema
    NoSchema: method(['string'], () => 1),
    // @ts-expect-error a method is made with method(), so that its arguments are checked
    Plain: (name: string) => name,
    // @ts-expect-error a method does something
    Nothing: method([z.string()]),
  },
});

same<Args<readonly [z.ZodString, z.ZodOptional<z.ZodNumber>]>, [string, number | undefined]>(true);

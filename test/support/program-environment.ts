import { Standalone } from './standalone.ts';

/** The standalone server, or a command of it, with further variables of the environment. */
export function inEnvironment(variables: Readonly<Record<string, string>>, ...args: readonly string[]): Standalone {
  class InEnvironment extends Standalone {
    protected override launch(command: readonly [string, ...string[]]): ReturnType<Standalone['launch']> {
      return super.launch(command, { env: { ...process.env, ...variables } });
    }
  }
  return new InEnvironment(...args);
}

import type { BackplaneError } from '../backplane/backplane.ts';
import { createBackplane } from '../backplane/create-backplane.ts';
import { systemClock } from '../clock.ts';
import type { Settings } from './settings.ts';

/**
 * Connects to the backplane once, as a server does, which tries its rights. It takes no lease, so that no server notices
 * it, and does not find out whether another one has the nodeId.
 *
 * @returns what went wrong; undefined: nothing, or there is no backplane.
 */
export async function tryBackplane({
  backplane: url,
  backplanePrefix: prefix,
}: Pick<Settings, 'backplane' | 'backplanePrefix'>): Promise<BackplaneError | undefined> {
  const backplane = createBackplane(url, { clock: systemClock, prefix });
  if (backplane === undefined) return undefined;
  const error = await new Promise<BackplaneError | undefined>((resolve) => {
    const ignore = (): void => {};
    const others = { message: ignore, appended: ignore, removed: ignore };
    backplane.open({ opened: () => resolve(undefined), lost: resolve, ...others });
  });
  await backplane.close();
  return error;
}

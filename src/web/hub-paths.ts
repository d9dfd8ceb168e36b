import { normalisePath } from '../http/request-info.ts';

/** Path where the clients of a hub negotiate. */
export function negotiationPath(hub: string): string {
  const base = normalisePath(hub);
  return base === '/' ? '/negotiate' : `${base}/negotiate`;
}

/** Path where the clients of a hub refresh their authentication, if the hub lets them. */
export function refreshPath(hub: string): string {
  const base = normalisePath(hub);
  return base === '/' ? '/refresh' : `${base}/refresh`;
}

/** Whether a request's path is one of the two paths of a hub. */
export function isPathOf(hub: string, path: string): boolean {
  return path === normalisePath(hub) || path === negotiationPath(hub);
}

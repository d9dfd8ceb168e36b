import { normalisePath } from '../http/request-info.ts';
import type { ResolvedHubOptions } from '../hub/hub-options.ts';

/** Path where the clients of a hub negotiate. */
export function negotiationPath(hub: string): string {
  return below(hub, 'negotiate');
}

/** Path where the clients of a hub refresh their authentication, if the hub lets them. */
export function refreshPath(hub: string): string {
  return below(hub, 'refresh');
}

/** Path of the WebSockets of plain clients, if the hub lets them in. */
export function plainPath(hub: string): string {
  return below(hub, 'ws');
}

/** All paths that a hub answers beside its own, and what its clients do there. */
export function furtherPaths(
  hub: string,
  { enableAuthenticationRefresh, plain }: Pick<ResolvedHubOptions, 'enableAuthenticationRefresh' | 'plain'>,
): readonly { readonly path: string; readonly what: string }[] {
  return [
    { path: negotiationPath(hub), what: 'negotiate' },
    ...(enableAuthenticationRefresh ? [{ path: refreshPath(hub), what: 'refresh their authentication' }] : []),
    ...(plain ? [{ path: plainPath(hub), what: 'connect without SignalR' }] : []),
  ];
}

/** Whether a request's path is one of those at which clients of a hub begin. */
export function isPathOf(hub: string, path: string): boolean {
  return path === normalisePath(hub) || path === negotiationPath(hub) || path === plainPath(hub);
}

function below(hub: string, name: string): string {
  const base = normalisePath(hub);
  return base === '/' ? `/${name}` : `${base}/${name}`;
}

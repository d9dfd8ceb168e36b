/** What begins the part of an address that holds a key: `/#key=sb_vk_...`. Browsers send that part to no server. */
const MARK = '#key=';

/**
 * The API key of the page's address. It is taken out of the address, so that nobody reads it from the screen or the
 * history, and is kept in memory only: a reload needs it again.
 */
export function takeKey(): string | undefined {
  const { hash, pathname, search } = location;
  if (!hash.startsWith(MARK)) return undefined;
  history.replaceState(null, '', pathname + search);
  return decodeURIComponent(hash.slice(MARK.length)).trim() || undefined;
}

/** Opens the page anew when a key is added to its address. */
export function watchForKey(): void {
  window.addEventListener('hashchange', () => {
    if (location.hash.startsWith(MARK)) location.reload();
  });
}

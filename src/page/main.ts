import type { ClientClass } from './client.ts';
import { part } from './dom.ts';
import { takeKey, watchForKey } from './key.ts';
import { Pane } from './pane.ts';
import { PlainClient } from './plain-client.ts';
import { SignalRClient } from './signalr-client.ts';

const HUB_URL = new URL('hubs/chat', document.baseURI).href;
const KEY = takeKey();
watchForKey();

const panes: Pane[] = [];
const area = part(document, 'panes', HTMLElement);
const template = part(document, 'pane', HTMLTemplateElement);
const toggle = part(document, 'panes-toggle', HTMLAnchorElement);

/** The client of each pane, from the address: with /?panes=2&plain=1 the last pane speaks no SignalR. */
function clientsOfAddress(): readonly ClientClass[] {
  const query = new URLSearchParams(location.search);
  const last = query.get('plain') === '1' ? PlainClient : SignalRClient;
  return query.get('panes') === '2' ? [SignalRClient, last] : [last];
}

/** Closes and opens panes at the end. Those before them keep their connections. */
function arrange(clients: readonly ClientClass[]): void {
  while (panes.some(({ client }, at) => client !== clients[at])) panes.pop()?.close();
  for (const client of clients.slice(panes.length)) {
    const root = template.content.firstElementChild?.cloneNode(true);
    if (!(root instanceof HTMLElement)) throw new TypeError('The page has no pane in its template.');
    root.setAttribute('aria-label', `Chat ${panes.length + 1}`);
    area.append(root);
    panes.push(new Pane(root, panes.length + 1, client, { url: HUB_URL, key: KEY }));
  }
  area.dataset.count = String(panes.length);
  toggle.textContent = panes.length === 1 ? 'Two panes' : 'One pane';
  toggle.href = panes.length > 1 ? './' : panes[0]?.client === PlainClient ? '?panes=2&plain=1' : '?panes=2';
}

toggle.addEventListener('click', (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, '', toggle.href);
  arrange(clientsOfAddress());
  panes.at(-1)?.focus();
});
window.addEventListener('popstate', () => arrange(clientsOfAddress()));

const copy = part(document, 'hub-url', HTMLButtonElement);
part(copy, 'hub-url-text', HTMLElement).textContent = HUB_URL;
copy.setAttribute('aria-label', `Hub ${HUB_URL}, copy the address`);
copy.addEventListener('click', () => {
  const said = part(document, 'hub-url-said', HTMLElement);
  // Pages that came over plain HTTP from another machine cannot write to the clipboard. Then the user copies the text.
  const copied = navigator.clipboard?.writeText(HUB_URL) ?? Promise.reject(new Error('There is no clipboard.'));
  copied.then(
    () => {
      said.textContent = 'Copied';
      setTimeout(() => said.replaceChildren(), 2_000);
    },
    () => void prompt('The address of the hub:', HUB_URL),
  );
});

arrange(clientsOfAddress());
// On a touch screen, focus would open the keyboard.
if (matchMedia('(hover: hover)').matches) panes[0]?.focus();

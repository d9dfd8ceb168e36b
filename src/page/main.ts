import { part } from './dom.ts';
import { takeKey, watchForKey } from './key.ts';
import { Pane } from './pane.ts';

const HUB_URL = new URL('hubs/chat', document.baseURI).href;
const MOST_PANES = 2;
const KEY = takeKey();
watchForKey();

const panes: Pane[] = [];
const area = part(document, 'panes', HTMLElement);
const template = part(document, 'pane', HTMLTemplateElement);
const toggle = part(document, 'panes-toggle', HTMLAnchorElement);

/** Number of panes, from the address: /?panes=2. */
function panesOfAddress(): number {
  return new URLSearchParams(location.search).get('panes') === String(MOST_PANES) ? MOST_PANES : 1;
}

/** Opens or closes panes at the end; the other panes keep their connections. */
function arrange(count: number): void {
  while (panes.length > count) panes.pop()?.close();
  while (panes.length < count) {
    const root = template.content.firstElementChild?.cloneNode(true);
    if (!(root instanceof HTMLElement)) throw new TypeError('The page has no pane in its template.');
    root.setAttribute('aria-label', `Chat ${panes.length + 1}`);
    area.append(root);
    panes.push(new Pane(root, panes.length + 1, { url: HUB_URL, key: KEY }));
  }
  area.dataset.count = String(count);
  toggle.textContent = count === 1 ? 'Two panes' : 'One pane';
  toggle.href = count === 1 ? `?panes=${MOST_PANES}` : './';
}

toggle.addEventListener('click', (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, '', toggle.href);
  arrange(panesOfAddress());
  panes.at(-1)?.focus();
});
window.addEventListener('popstate', () => arrange(panesOfAddress()));

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

arrange(panesOfAddress());
// On a touch screen, focus would open the keyboard.
if (matchMedia('(hover: hover)').matches) panes[0]?.focus();

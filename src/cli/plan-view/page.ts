import { tableStyle } from '../render/html-text.ts';

/** The one style of the page. */
export const pageStyle = `
:root { color-scheme: light dark; --line: #8884; --dim: #666; --good: #0a6b2d; --warn: #8a5a00; --bad: #b3141e; --back: #fff; --text: #111; --soft: #f3f4f6; }
@media (prefers-color-scheme: dark) { :root { --dim: #a0a4ab; --good: #5fd38a; --warn: #f0b74a; --bad: #ff7b80; --back: #14161a; --text: #e8eaed; --soft: #20242b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 78rem; padding: 1rem 1.5rem 4rem; font: 15px/1.5 system-ui, sans-serif; background: var(--back); color: var(--text); }
h1 { font-size: 1.6rem; margin: .5rem 0 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); }
.sum { font-weight: 600; margin: .3rem 0 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; } dt { color: var(--dim); } dd { margin: 0; min-width: 0; overflow-wrap: break-word; }
${tableStyle}
th { color: var(--dim); } td b { white-space: nowrap; } nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem; }
code, pre, kbd { font-family: ui-monospace, monospace; font-size: .92em; } pre { background: var(--soft); padding: .7rem; overflow-x: auto; }
details { margin: .2rem 0; } summary { cursor: pointer; padding: .15rem 0; }
b { font-weight: 600; } .add { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); } .dim { color: var(--dim); }
#search { position: sticky; top: 0; background: var(--soft); padding: .6rem .8rem; margin: 1rem 0; border: 1px solid var(--line); border-radius: .4rem; max-height: 70vh; overflow: auto; }
#query { width: 100%; font: inherit; padding: .35rem .5rem; margin: .2rem 0; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: .3rem; }
#found { margin: .2rem 0; color: var(--dim); }
@media print { #search { display: none; } body { max-width: none; } }
`;

/** The one script of the page: it searches and opens, everything it shows is in the page without it. */
export const pageScript = `
'use strict';
(() => {
  const rowsMax = 200;
  const items = JSON.parse(document.getElementById('index').textContent);
  const texts = items.map((item) => item.join(' ').toLowerCase());
  const box = document.getElementById('search');
  const query = document.getElementById('query');
  const found = document.getElementById('found');
  const hits = document.getElementById('hits');
  const body = hits.tBodies[0];
  const atRest = found.textContent;
  const broken = (text) => text.split(/(?<=[/._:=@-])(?=[^/._:=@-])/).flatMap((piece, at) => at === 0 ? [piece] : [document.createElement('wbr'), piece]);
  box.hidden = false;
  const show = () => {
    const words = query.value.toLowerCase().split(/\\s+/).filter(Boolean);
    body.replaceChildren();
    hits.hidden = words.length === 0;
    history.replaceState(null, '', words.length === 0 ? '#' : '#' + encodeURIComponent(query.value));
    if (words.length === 0) { found.textContent = atRest; return; }
    let count = 0;
    for (let index = 0; index < items.length; index += 1) {
      if (!words.every((word) => texts[index].includes(word))) continue;
      count += 1;
      if (count > rowsMax) continue;
      const row = body.insertRow();
      for (const text of items[index]) row.insertCell().append(...broken(text));
    }
    found.textContent = Math.min(count, rowsMax) + ' of ' + count + ' matching actions shown; the plan has ' + items.length + '.';
  };
  query.addEventListener('input', show);
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && document.activeElement !== query) { event.preventDefault(); query.focus(); }
    if (event.key === 'Escape' && document.activeElement === query) { query.value = ''; show(); }
  });
  addEventListener('beforeprint', () => { for (const one of document.querySelectorAll('details')) one.open = true; });
  if (location.hash.length > 1 && document.getElementById(location.hash.slice(1)) === null) { try { query.value = decodeURIComponent(location.hash.slice(1)); show(); } catch { } }
})();
`;

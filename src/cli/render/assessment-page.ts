import { tableStyle } from './html-text.ts';

/** Style and script of the page of an assessment. Their hashes stand in its policy, so they hold nothing variable. */
export const pageStyle = `
:root { color-scheme: light dark; --bad: #b3261e; --mid: #8a5300; --good: #1b6e3c; --line: #8886; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 75rem; padding: 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; } dd { margin: 0; min-width: 0; overflow-wrap: break-word; }
.verdicts { columns: 16rem; padding-left: 1rem; }
.verdict { font-weight: 700; } .not-ready, .blocker { color: var(--bad); } .conditions, .unknown, .warning { color: var(--mid); }
.ready { color: var(--good); } .banner { border-left: .3rem solid var(--mid); padding: .3rem .8rem; }
.blocker, .warning, .info { font-weight: 700; text-transform: uppercase; font-size: .8rem; }
details { border: 1px solid var(--line); border-radius: .3rem; margin: .5rem 0; padding: .3rem .8rem; } summary { cursor: pointer; }
${tableStyle}
@media screen and (max-width: 44rem) {
  .cause td:nth-child(1)::before { content: "subject: "; opacity: .7; } .cause td:nth-child(2)::before { content: "what: "; opacity: .7; }
  .cause td:nth-child(3)::before { content: "seen: "; opacity: .7; } .cause td:nth-child(4)::before { content: "since: "; opacity: .7; }
  .js .every .late { display: block !important; } .js .every .late.hide { display: none !important; }
}
form { position: sticky; top: 0; background: Canvas; padding: .5rem 0; display: flex; gap: 1rem; align-items: center; flex-wrap: wrap; }
form[hidden] { display: none; } .js .late, .hide { display: none; } .js .every .late { display: table-row; } .js .every .late.hide { display: none; }
button.all { display: none; } .js button.all { display: inline; } .js .every button.all { display: none; }
@media print { form, button.all { display: none; } .js .late { display: table-row; } details { border: 0; } }
`;

/** Filters only: the verdict and the numbers of the header are those of the whole, whatever is shown. */
export const pageScript = `
const form = document.getElementById('filters'), shown = document.getElementById('shown');
const text = document.getElementById('text'), causes = [...document.querySelectorAll('.cause')];
document.documentElement.classList.add('js'); form.hidden = false;
const checked = (name) => form.elements.namedItem(name).checked;
function apply() {
  const wanted = text.value.toLowerCase(); let count = 0, all = 0;
  for (const cause of causes) {
    const rows = [...cause.querySelectorAll('tbody tr')]; let here = 0; all += rows.length;
    const title = cause.querySelector('summary').textContent.toLowerCase();
    for (const row of rows) {
      const fits = checked(cause.dataset.severity) && (!checked('onlynew') || row.dataset.state === 'new')
        && (wanted === '' || title.includes(wanted) || row.textContent.toLowerCase().includes(wanted));
      row.classList.toggle('hide', !fits); if (fits) here += 1;
    }
    cause.classList.toggle('hide', here === 0); count += here;
  }
  shown.textContent = count + ' of ' + all + ' shown';
  const state = new URLSearchParams();
  if (text.value !== '') state.set('text', text.value);
  for (const name of ['blocker', 'warning', 'info']) if (!checked(name)) state.set(name, 'no');
  if (checked('onlynew')) state.set('onlynew', 'yes');
  history.replaceState(null, '', '#' + state);
}
const anchor = document.getElementById(location.hash.slice(1));
const given = new URLSearchParams(anchor === null ? location.hash.slice(1) : '');
text.value = given.get('text') ?? '';
for (const name of ['blocker', 'warning', 'info']) form.elements.namedItem(name).checked = given.get(name) !== 'no';
form.elements.namedItem('onlynew').checked = given.get('onlynew') === 'yes';
form.addEventListener('input', apply); form.addEventListener('submit', (event) => event.preventDefault());
for (const button of document.querySelectorAll('button.all')) button.addEventListener('click', () => button.closest('.cause').classList.add('every'));
addEventListener('beforeprint', () => { for (const one of document.querySelectorAll('details')) { one.open = true; one.classList.add('every'); } });
apply();
if (anchor !== null) anchor.scrollIntoView();
`;

// The page comes to life.

const stateButtons = new Map();

function buildFilters() {
  const add = (name) => {
    const number = el('span', { class: 'number' });
    const button = el('button', { type: 'button', class: 'state ' + name, 'data-state': name, title: name === 'all' ? null : 'With Shift: add to what is shown', click: (e) => chooseState(name, e.shiftKey || e.ctrlKey || e.metaKey) },
      name !== 'all' && mark(name), el('span', { class: 'word' }, name === 'all' ? 'All' : name), number);
    stateButtons.set(name, { button, number });
    byId('states').append(button);
  };
  ['all', ...stateNames].forEach(add);
  const tags = [...new Set(queries.flatMap(tagsOf).concat(suites.flatMap((s) => s.tags || [])))].sort();
  fillSelect('tag', 'All tags', tags.map((tag) => [tag, tag]));
  const files = new Map(suites.map((s) => [s.file, s.name]));
  fillSelect('suite', 'All suites', [...files].map(([file, name]) => [file, name]));
  byId('search').addEventListener('input', (e) => change({ q: e.target.value }, { quietly: true }));
  byId('filters').addEventListener('submit', (e) => e.preventDefault());
  for (const button of document.querySelectorAll('[data-view]')) {
    button.addEventListener('click', () => change({ view: button.dataset.view }));
  }
}

function fillSelect(id, all, options) {
  const select = byId(id);
  select.append(el('option', { value: '' }, all), ...options.map(([value, text]) => el('option', { value }, text)));
  select.hidden = options.length < (id === 'tag' ? 1 : 2);
  select.addEventListener('change', () => change({ [id]: select.value }));
}

// chooseState shows one state alone, or with those that are shown.
function chooseState(name, add) {
  const shown = shownStates();
  if (name === 'all') return change({ states: new Set() });
  if (!add) return change({ states: shown.size === 1 && shown.has(name) ? new Set() : new Set([name]) });
  const states = new Set(shown);
  if (!states.delete(name)) states.add(name);
  return change({ states });
}

function show() {
  const { groups, counts, states } = select();
  const waterfall = state.view === 'waterfall';
  for (const [name, { button, number }] of stateButtons) {
    number.textContent = counts[name].toLocaleString('en');
    button.hidden = name !== 'all' && !queries.some((q) => q.status === name || name === 'flaky' && q.flaky) && !states.has(name);
    button.setAttribute('aria-pressed', String(name === 'all' ? states.size === 0 : states.has(name)));
  }
  for (const button of document.querySelectorAll('[data-view]')) {
    button.setAttribute('aria-pressed', String(button.dataset.view === state.view));
  }
  byId('suite').value = state.suite;
  byId('tag').value = state.tag;
  if (document.activeElement !== byId('search')) byId('search').value = state.q;
  byId('list').hidden = waterfall;
  fallHost.hidden = !waterfall;
  list.set(waterfall ? [] : listItems(groups));
  if (waterfall) showWaterfall(groups);
  else bars.set([]);
  tally(groups);
  if (state.query && queryById(state.query)) showQuery(state.query);
}

function tally(groups) {
  const shown = groups.reduce((n, g) => n + g.queries.length, 0);
  const all = queries.length;
  const note = byId('tally');
  const nothing = groups.length === 0;
  const parts = nothing ? ['Nothing fits these filters.'] : shown < all ? [`${shown.toLocaleString('en')} of ${count(all, 'query', 'queries')}`] : [];
  if (report.left_out) parts.push(`${count(report.left_out, 'query is', 'queries are')} left out, so that the report stays small.`);
  note.replaceChildren(...parts.flatMap((p) => [p, ' ']),
    shown < all || nothing ? el('button', { type: 'button', class: 'link', click: () => change({ states: new Set(), suite: '', tag: '', q: '' }) }, 'Show all') : '');
  note.hidden = note.childNodes.length <= 1 && parts.length === 0;
}

// showQuery opens a query that a link leads to.
function showQuery(id) {
  const q = queryById(id);
  if (state.view !== 'list') return;
  const index = indexOf(list, id);
  if (index < 0) {
    change({ states: new Set(), suite: '', tag: '', q: '' }, { quietly: true });
    return;
  }
  const node = list.element(index);
  if (!opened.has(q)) toggle(q, node);
  focusItem(list, index);
  node.scrollIntoView({ block: 'start' });
}

function themeNow() {
  const chosen = document.documentElement.dataset.theme;
  return chosen || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
}

function switchTheme() {
  const next = themeNow() === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem('apicel-theme', next);
  } catch { /* pages from disk may have no storage */ }
}

function restoreTheme() {
  try {
    const theme = localStorage.getItem('apicel-theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch { /* as above */ }
}

restoreTheme();
document.documentElement.classList.add('js');
byId('theme').append(svg('svg', { class: 'mark', viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' },
  svg('circle', { cx: 8, cy: 8, r: 6 }), svg('path', { class: 'half', d: 'M8 2a6 6 0 0 1 0 12z' })));
byId('theme').addEventListener('click', switchTheme);
byId('help').addEventListener('click', () => byId('keys').showModal());
byId('skip').addEventListener('click', (e) => { e.preventDefault(); byId('view').focus(); });
byId('sheet').addEventListener('click', (e) => { if (e.target === byId('sheet')) byId('sheet').close(); });
buildFilters();
readHash();
show();
document.addEventListener('keydown', onKey);
addEventListener('popstate', () => { readHash(); show(); });
addEventListener('hashchange', () => { readHash(); show(); });
new ResizeObserver(() => document.documentElement.style.setProperty('--bar', byId('filters').parentNode.offsetHeight + 'px')).observe(byId('filters'));
addEventListener('resize', () => { if (state.view === 'waterfall') drawEdges(); });
addEventListener('beforeprint', () => activeList().fillUpTo(2000));

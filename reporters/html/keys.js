// The keyboard: everything is reachable by Tab as well.

const activeList = () => state.view === 'waterfall' ? bars : list;

function indexOf(lazy, id) {
  return lazy.items.findIndex((item) => item.kind === 'query' && item.query.id === id);
}

// focusOn moves the focus to a query by its id, and tells whether it is shown.
function focusOn(id) {
  const lazy = activeList();
  const index = indexOf(lazy, id);
  return index >= 0 && focusItem(lazy, index);
}

function focusItem(lazy, index) {
  const node = lazy.element(index);
  const target = node && node.querySelector('[data-query]');
  if (!target) return false;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: 'nearest' });
  return true;
}

// step moves to the next query that fits, from the focused one or the top.
function step(by, fits = () => true) {
  const lazy = activeList();
  const at = currentId();
  let index = at ? indexOf(lazy, at) : by > 0 ? -1 : lazy.items.length;
  do index += by; while (lazy.items[index] && !(lazy.items[index].kind === 'query' && fits(lazy.items[index].query)));
  if (lazy.items[index]) focusItem(lazy, index);
}

function currentId() {
  const row = document.activeElement && document.activeElement.closest('.query, .row');
  const head = row && (row.matches('[data-query]') ? row : row.querySelector('[data-query]'));
  return head ? head.dataset.query : '';
}

function copyCurl() {
  const q = queryById(currentId());
  const last = q && (detailOf(q).attempts || []).at(-1);
  if (last && last.curl) copy(last.curl);
  else say('There is no command to copy: move to a query with an exchange first');
}

const shortcuts = {
  j: () => step(1), k: () => step(-1),
  n: () => step(1, (q) => q.bad), p: () => step(-1, (q) => q.bad),
  c: copyCurl,
  '/': () => { byId('search').focus(); byId('search').select(); },
  '?': () => byId('keys').showModal(),
  t: switchTheme,
  w: () => change({ view: state.view === 'list' ? 'waterfall' : 'list' }),
};

const inWaterfall = { '+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2), 0: () => zoom(0) };

function onKey(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector('dialog[open]')) return;
  const typing = e.target.matches('input, select, textarea');
  if (e.key === 'Escape' && e.target === byId('search')) {
    e.target.value = '';
    change({ q: '' }, { quietly: true });
    e.target.blur();
    return;
  }
  if (typing) {
    if (e.target === byId('search') && (e.key === 'Enter' || e.key === 'ArrowDown')) {
      e.preventDefault();
      e.target.blur();
      step(1);
    }
    return;
  }
  const onRow = e.target.matches('[data-query]');
  const moves = { ArrowDown: () => step(1), ArrowUp: () => step(-1) };
  const sideways = { ArrowLeft: () => pan(-0.25), ArrowRight: () => pan(0.25) };
  const does = shortcuts[e.key] || onRow && moves[e.key] ||
    state.view === 'waterfall' && (inWaterfall[e.key] || onRow && sideways[e.key]);
  if (does) {
    e.preventDefault();
    does();
  }
}

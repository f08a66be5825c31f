// The list: suites, what is wrong with their files, and their queries, each of
// which opens.

const opened = new Set();
const few = 5;

// Where little failed, all of it is open from the beginning.
const failedQueries = queries.filter((q) => q.bad);
if (failedQueries.length <= few) failedQueries.forEach((q) => opened.add(q));

const list = new LazyList(byId('list'), listItem, (item) => {
  if (item.kind === 'suite') return 58;
  if (item.kind === 'problems') return 110 * item.suite.problems.length;
  return opened.has(item.query) ? 620 : item.query.why ? 60 : 38;
});

function listItems(groups) {
  const items = [];
  for (const g of groups) {
    items.push({ kind: 'suite', suite: g.suite, queries: g.queries });
    if (g.problems) items.push({ kind: 'problems', suite: g.suite });
    for (const query of g.queries) items.push({ kind: 'query', query });
  }
  return items;
}

function listItem(item) {
  if (item.kind === 'suite') return suiteHead(item);
  if (item.kind === 'problems') return el('div', { class: 'problems' }, item.suite.problems.map(problem));
  return queryItem(item.query);
}

function suiteHead({ suite: s }) {
  return el('div', { class: 'suite', role: 'presentation' },
    el('h2', {}, mark(s.badge, s.badge), el('span', {}, s.name)),
    s.file !== s.name && el('code', { class: 'muted' }, s.file),
    s.seed && el('span', { class: 'muted' }, 'seed ', s.seed),
    el('span', { class: 'muted more' }, s.wrong ? 'did not run' : `${count(s.counts.queries, 'query', 'queries')} in ${took(s.duration)}`),
    el('button', {
      type: 'button', class: state.suite ? 'link on' : 'link', 'aria-label': (state.suite ? 'Show all suites' : 'Show only ' + s.name),
      click: () => change({ suite: state.suite ? '' : s.file }),
    }, state.suite ? 'all suites' : 'only this'));
}

function problem(p) {
  const warning = p.severity === 'warning';
  return el('section', { class: 'check problem ' + (warning ? 'warning' : 'error') },
    el('h4', {}, el('span', { class: 'kind' }, p.severity), place(p.place)),
    el('p', { class: 'why' }, p.message),
    p.source && el('pre', { class: 'source', tabindex: 0 },
      el('span', { class: 'number' }, `${p.line} │ `), p.source, '\n',
      p.caret && [el('span', { class: 'number' }, ' '.repeat(String(p.line).length) + ' │ '), p.under, el('span', { class: 'caret' }, '^')]),
    p.hint && hint(p.hint));
}

function queryItem(q) {
  const open = opened.has(q);
  const head = el('button', {
    type: 'button', class: 'head', 'aria-expanded': String(open), 'data-query': q.id,
    click: () => toggle(q, node),
  },
  mark(q.badge, q.badge),
  el('span', { class: 'name' }, q.name, q.flaky && el('span', { class: 'badge flaky' }, 'flaky'), q.phase && el('span', { class: 'badge' }, q.phase)),
  el('span', { class: 'request' }, el('b', {}, q.method), ' ', q.path),
  el('span', { class: 'code' }, q.code ? String(q.code) : ''),
  el('span', { class: 'took' }, q.status === 'skipped' ? 'skipped' : took(q.duration)),
  q.why && el('span', { class: 'because' }, q.why));
  const node = el('article', { class: 'query ' + q.badge + (open ? ' open' : ''), role: 'listitem' }, head);
  if (open) openUp(q, node);
  return node;
}

function openUp(q, node) {
  const body = detail(q);
  body.id = 'detail-' + q.id;
  node.querySelector('.head').setAttribute('aria-controls', body.id);
  node.append(body);
}

function toggle(q, node) {
  if (opened.delete(q)) {
    node.lastChild.remove();
    node.classList.remove('open');
  } else {
    opened.add(q);
    openUp(q, node);
    node.classList.add('open');
  }
  node.querySelector('.head').setAttribute('aria-expanded', String(opened.has(q)));
}

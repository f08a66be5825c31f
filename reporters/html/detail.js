// All there is to say about one query.

function detail(q) {
  const d = detailOf(q);
  return el('div', { class: 'detail' },
    facts(q),
    q.status === 'skipped' && el('p', { class: 'reason' }, 'Skipped: ', q.why || 'no reason is known'),
    d.message && el('p', { class: 'reason' }, d.message),
    d.error && errorBlock(d.error, q),
    checks(d.failures, q),
    waitBlock(q),
    attempts(q, d.attempts),
    q.cut && el('p', { class: 'muted' }, q.cut),
    q.status === 'passed' && !d.attempts && el('p', { class: 'muted' },
      'Every check held. Exchanges are kept of queries that did not pass, and of all with --verbose.'));
}

function facts(q) {
  const list = [
    place(q.place), q.phase && q.phase, q.needed && 'run since another query needs it',
    q.status !== 'skipped' && count(q.checks || 0, 'check', 'checks'),
    q.attempts && count(q.attempts, 'attempt', 'attempts'),
    q.start !== undefined && `began at ${took(q.start)}`,
  ];
  return el('p', { class: 'about' }, list.filter(Boolean).map((x) => el('span', {}, x)),
    tagsOf(q).map((tag) => el('button', { type: 'button', class: 'tag', title: 'Show what has this tag', click: () => leave({ tag }) }, tag)));
}

// leave shows something else, from wherever the detail is open.
function leave(values) {
  if (byId('sheet').open) byId('sheet').close();
  change(values);
}

function errorBlock(e, q) {
  return el('section', { class: 'check error' },
    el('h4', {}, el('span', { class: 'kind' }, e.type), place(e.place, fileOf(q))),
    el('pre', { class: 'why' }, e.message), e.hint && hint(e.hint));
}

const hint = (text) => el('p', { class: 'hint' }, el('b', {}, 'help'), ' ', text);

const fileOf = (q) => q.place.replace(/:\d+$/, '');

function checks(list, q) {
  return (list || []).map((c) => el('section', { class: 'check' },
    el('h4', {}, el('code', {}, c.check), place(c.place, fileOf(q))),
    c.message && el('p', { class: 'why' }, c.message),
    comparison(c.expected, c.found),
    c.detail && diffText(c.detail)));
}

const maxWaits = 12;

function waitBlock(q) {
  const before = waitedFor(q);
  const after = waiters(q);
  if (!before.length && !after.length) return null;
  const last = decider(q);
  const link = (other, note) => el('li', {},
    el('button', { type: 'button', class: 'link', click: () => leave({ view: 'list', states: new Set(), suite: '', tag: '', q: '', query: other.id }) },
      mark(other.badge, other.badge), ' ', other.name), note && el('span', { class: 'muted' }, ' ', note));
  const more = (list) => list.length > maxWaits && el('li', { class: 'muted' }, `and ${list.length - maxWaits} more`);
  const note = ({ query, kind }) => (kind === 'needs' ? 'needed' : 'by order') +
    (query.end !== undefined ? `, done at ${took(query.end)}` : '') + (query === last && before.length > 1 ? ', the last' : '');
  return el('details', { class: 'waits' },
    el('summary', {}, [
      before.length && `Waited for ${count(before.length, 'query', 'queries')}`,
      after.length && `${count(after.length, 'query', 'queries')} waited for it`,
    ].filter(Boolean).join(' · ')),
    before.length > 0 && el('ul', {}, before.slice(0, maxWaits).map((w) => link(w.query, note(w))), more(before)),
    after.length > 0 && before.length > 0 && el('p', {}, 'Waited for it'),
    after.length > 0 && el('ul', {}, after.slice(0, maxWaits).map((w) => link(w)), more(after)));
}

// attempts shows each attempt that was kept, behind tabs where there are several.
function attempts(q, list) {
  if (!list || !list.length) return null;
  if (list.length === 1) return exchange(list[0]);
  const panel = el('div', { role: 'tabpanel', id: `panel-${q.id}`, tabindex: 0 });
  const failedAt = (a, i) => a.error || (a.failures || []).length || i === list.length - 1 && q.bad;
  const choose = (i, focus) => {
    tabs.forEach((t, k) => {
      t.setAttribute('aria-selected', String(k === i));
      t.tabIndex = k === i ? 0 : -1;
    });
    panel.setAttribute('aria-labelledby', tabs[i].id);
    panel.replaceChildren(...[list[i].error && errorBlock(list[i].error, q), checks(list[i].failures, q), exchange(list[i])].flat().filter(Boolean));
    if (focus) tabs[i].focus();
  };
  const tabs = list.map((a, i) => el('button', {
    type: 'button', role: 'tab', id: `tab-${q.id}-${i}`, 'aria-controls': panel.id, click: () => choose(i),
    keydown: (e) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      if (!step) return;
      e.preventDefault();
      e.stopPropagation();
      choose((i + step + list.length) % list.length, true);
    },
  }, mark(failedAt(a, i) ? 'failed' : 'passed', failedAt(a, i) ? 'failed' : 'passed'),
  `Attempt ${a.number}`, el('span', { class: 'muted' }, [a.code, took(a.duration)].filter(Boolean).join(' · '))));
  const box = el('section', { class: 'attempts' }, attemptLine(q, list, failedAt), el('div', { role: 'tablist', 'aria-label': 'Attempts' }, tabs), panel);
  choose(list.length - 1);
  return box;
}

// attemptLine draws when the attempts were made.
function attemptLine(q, list, failedAt) {
  if (q.start === undefined || list.some((a) => a.start === undefined) || !q.duration) return null;
  const x = (ms) => Math.min(1000, Math.max(0, ((ms - q.start) / q.duration) * 1000));
  const kept = list.length < q.attempts ? `, of which ${list.length} were kept` : '';
  return el('figure', {}, el('figcaption', {}, `${count(q.attempts, 'attempt', 'attempts')} over ${took(q.duration)}${kept}`), svg('svg', { class: 'tries', viewBox: '0 0 1000 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('rect', { class: 'rest', x: 0, y: 4, width: 1000, height: 2 }),
    list.map((a, i) => svg('rect', {
      class: failedAt(a, i) ? 'failed' : 'passed', x: Math.min(994, x(a.start)), y: 0, height: 10,
      width: Math.max(6, x(a.start + a.duration) - x(a.start)),
    }))));
}

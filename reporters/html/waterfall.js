// The waterfall: when each query ran, and who waited for whom.

const barHeight = 26;
const groupHeight = 34;
const fall = { from: 0, to: 1, whole: [0, 1], rows: [], top: new Map(), on: null };
const fallHost = byId('waterfall');

fallHost.append(
  el('div', { class: 'axis' },
    el('div', { class: 'zoom', role: 'group', 'aria-label': 'Zoom' },
      el('button', { type: 'button', 'aria-label': 'Zoom out', title: 'Zoom out (-)', click: () => zoom(2) }, '−'),
      el('button', { type: 'button', 'aria-label': 'Zoom in', title: 'Zoom in (+)', click: () => zoom(0.5) }, '+'),
      el('button', { type: 'button', 'aria-label': 'Show the whole time', title: 'Show all of it (0)', click: () => zoom(0) }, 'fit')),
    el('div', { class: 'ticks', id: 'ticks', 'aria-hidden': 'true' })),
  el('div', { class: 'rows', id: 'rows' },
    svg('svg', { class: 'grids', id: 'grid', 'aria-hidden': 'true' }),
    svg('svg', { class: 'edges', id: 'edges', 'aria-hidden': 'true' }),
    el('div', { id: 'bars', role: 'list' })),
  el('p', { class: 'focused', id: 'focused' }));

const bars = new LazyList(byId('bars'), barItem, (item) => item.kind === 'suite' ? groupHeight : barHeight);

function showWaterfall(groups) {
  fall.rows = [];
  fall.top = new Map();
  fall.on = null;
  let y = 0;
  let [first, last] = [Infinity, 0];
  for (const g of groups) {
    if (!g.queries.length) continue;
    fall.rows.push({ kind: 'suite', suite: g.suite });
    y += groupHeight;
    for (const query of g.queries) {
      fall.rows.push({ kind: 'query', query });
      fall.top.set(query, y);
      y += barHeight;
      if (query.start !== undefined) [first, last] = [Math.min(first, query.start), Math.max(last, query.end)];
    }
  }
  const whole = first < last ? [first, last] : [0, Math.max(1, report.duration)];
  fall.whole = whole;
  [fall.from, fall.to] = whole;
  fall.height = y;
  bars.set(fall.rows);
  drawEdges();
  focusNote(null);
}

// share returns where a point in time is, 0 at the left and 1 at the right.
const share = (ms) => (ms - fall.from) / (fall.to - fall.from || 1);

function barItem(item) {
  if (item.kind === 'suite') {
    return el('div', { class: 'group', role: 'presentation' }, el('span', { class: 'label' }, mark(item.suite.badge, item.suite.badge),
      el('button', { type: 'button', class: 'link', title: item.suite.file, click: () => change({ suite: state.suite ? '' : item.suite.file }) }, item.suite.name)),
    suiteSpan(item.suite));
  }
  const q = item.query;
  const track = el('span', { class: 'track' });
  if (q.start !== undefined) {
    const bar = el('span', { class: 'stretch' });
    const [from, to] = [Math.max(-0.01, share(q.start)), Math.min(1.01, share(q.end))];
    bar.style.left = from * 100 + '%';
    bar.style.width = Math.max(0, to - from) * 100 + '%';
    if (from <= 1 && to >= 0) track.append(bar);
    const label = el('span', { class: 'length' }, took(q.duration));
    if (to > 0.85 && from < 0.15) {
      label.classList.add('inside');
      label.style.right = (1 - Math.min(to, 1)) * 100 + '%';
    } else if (to > 0.85) label.style.right = (1 - Math.max(from, 0)) * 100 + '%';
    else label.style.left = Math.max(to, 0) * 100 + '%';
    if (from <= 1 && to >= 0) track.append(label);
  } else {
    track.append(el('span', { class: 'length none' }, 'skipped'));
  }
  return el('div', { role: 'listitem' }, el('button', {
    type: 'button', class: 'row ' + q.badge, 'data-query': q.id, 'aria-label': spoken(q),
    click: () => openSheet(q), mouseenter: () => light(q), focus: () => light(q), mouseleave: () => light(null), blur: () => light(null),
  }, el('span', { class: 'label' }, mark(q.badge), el('span', {}, q.name)), track));
}

// suiteSpan draws from when to when a suite ran.
function suiteSpan(s) {
  const track = el('span', { class: 'track' });
  const known = s.queries.filter((q) => q.start !== undefined);
  if (known.length) {
    const from = Math.max(-0.01, share(Math.min(...known.map((q) => q.start))));
    const to = Math.min(1.01, share(Math.max(...known.map((q) => q.end))));
    const span = el('span', { class: 'span' });
    span.style.left = from * 100 + '%';
    span.style.width = Math.max(0, to - from) * 100 + '%';
    track.append(span);
  }
  return track;
}

function spoken(q) {
  const names = (list) => list.slice(0, 3).map((x) => x.name).join(', ') + (list.length > 3 ? ` and ${list.length - 3} more` : '');
  const waited = waitedFor(q).map((w) => w.query);
  return [
    `${q.name}: ${q.badge}`, q.start === undefined ? q.why : `began at ${took(q.start)}, took ${took(q.duration)}`,
    waited.length && 'waited for ' + names(waited),
  ].filter(Boolean).join('; ');
}

// drawAxis labels the time at steps of 1, 2 or 5, and returns where they are.
function drawAxis() {
  const width = byId('ticks').clientWidth || 600;
  const span = fall.to - fall.from;
  const rough = span / Math.max(2, Math.floor(width / 90));
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const ticks = [];
  const at = [];
  for (let t = Math.ceil(fall.from / step) * step; t <= fall.to && ticks.length < 50; t += step) {
    const tick = el('span', {}, axisTime(t, step));
    tick.style.left = share(t) * 100 + '%';
    if (share(t) < 0.97) ticks.push(tick);
    at.push(share(t));
  }
  byId('ticks').replaceChildren(...ticks);
  return at;
}

function axisTime(ms, step) {
  if (ms === 0) return '0';
  return step >= 1000 || ms >= 10000 ? +(ms / 1000).toFixed(3) + ' s' : +ms.toFixed(3) + ' ms';
}

// ends returns the ends of a bar, in pixels of the drawing
function ends(q, track) {
  const y = fall.top.get(q);
  if (y === undefined || q.start === undefined) return null;
  const x = (ms) => Math.round((track.left + Math.min(1.02, Math.max(-0.02, share(ms))) * track.width) * 10) / 10;
  return { start: { x: x(q.start), y: y + barHeight / 2 }, end: { x: x(q.end), y: y + barHeight / 2 } };
}

// drawEdges draws the edges of what is in the window faintly, or those by which
// one query came to wait.
function drawEdges() {
  const ticks = byId('ticks').getBoundingClientRect();
  const track = { left: ticks.left - byId('rows').getBoundingClientRect().left, width: ticks.width };
  let edges = [];
  if (fall.on) {
    edges = chainOf(fall.on);
    for (const to of waiters(fall.on)) {
      const w = waitedFor(to).find((x) => x.query === fall.on);
      if (edges.length < 2 * maxEdges) edges.push({ from: fall.on, to, kind: w.kind, later: true });
    }
  } else {
    for (const i of bars.shown()) {
      const row = fall.rows[i];
      if (row.kind !== 'query' || edges.length > 4 * maxEdges) continue;
      for (const w of waitedFor(row.query)) edges.push({ from: w.query, to: row.query, kind: w.kind, faint: true });
    }
  }
  byId('grid').replaceChildren(...drawAxis().map((at) => svg('line', {
    x1: track.left + at * track.width, x2: track.left + at * track.width, y1: 0, y2: fall.height,
  })));
  byId('edges').replaceChildren(...edges.slice(0, 4 * maxEdges).map((e) => {
    const [from, to] = [ends(e.from, track), ends(e.to, track)];
    return from && to && edge(from.end, to.start, [e.kind, e.faint ? 'faint' : e.own ? 'own' : e.later ? 'later' : 'far'].join(' '));
  }).filter(Boolean));
}

// light highlights a query, what it waited for and what waited for it.
function light(q) {
  if (fall.on === q) return;
  fall.on = q;
  const before = q ? new Set(chainOf(q).map((e) => e.from)) : new Set();
  const after = q ? new Set(waiters(q)) : new Set();
  fallHost.classList.toggle('lit', Boolean(q));
  for (const row of fallHost.querySelectorAll('.row')) {
    const other = queryById(row.dataset.query);
    row.classList.toggle('on', other === q);
    row.classList.toggle('before', before.has(other));
    row.classList.toggle('after', after.has(other));
  }
  drawEdges();
  focusNote(q);
}

function focusNote(q) {
  const note = byId('focused');
  if (!q) {
    note.replaceChildren('Point at a bar, or move to it with j and k, to see what it waited for.',
      el('span', { class: 'key needs' }, 'needs'), el('span', { class: 'key order' }, 'by order'));
    return;
  }
  const waited = waitedFor(q);
  const last = decider(q);
  const wait = last && q.start !== undefined && q.start - last.end;
  note.replaceChildren(...[el('b', {}, q.name), q.start === undefined ? `skipped: ${q.why}` : `began at ${took(q.start)}, took ${took(q.duration)}`,
    waited.length ? `waited for ${count(waited.length, 'query', 'queries')}` + (last ? `, the last of them ${last.name}` : '') +
      (wait > 0.5 ? `, and ${took(wait)} more for its turn` : '') : 'waited for nobody'].map((part) => el('span', {}, part)));
}

// zoom changes how much time is shown, around the query that is lit or the middle.
function zoom(factor) {
  const [first, last] = fall.whole;
  if (factor === 0) {
    [fall.from, fall.to] = fall.whole;
  } else {
    const span = Math.min(last - first, Math.max(0.01, (fall.to - fall.from) * factor));
    const on = fall.on && fall.on.start !== undefined ? (fall.on.start + fall.on.end) / 2 : (fall.from + fall.to) / 2;
    moveTo(on - span / 2, span);
  }
  redraw();
}

function moveTo(from, span) {
  const [first, last] = fall.whole;
  fall.from = Math.min(Math.max(first, from), last - span);
  fall.to = fall.from + span;
}

// pan moves by a part of what is shown.
function pan(part) {
  const span = fall.to - fall.from;
  moveTo(fall.from + span * part, span);
  redraw();
}

function redraw() {
  const focused = document.activeElement && document.activeElement.dataset && document.activeElement.dataset.query;
  bars.renew();
  drawEdges();
  if (focused) focusOn(focused);
}

function openSheet(q) {
  const sheet = byId('sheet');
  sheet.setAttribute('aria-label', q.name);
  sheet.replaceChildren(
    el('header', { class: 'query ' + q.badge },
      el('h2', {}, mark(q.badge, q.badge), el('span', {}, q.name)),
      el('button', { type: 'button', class: 'tool', 'aria-label': 'Close', click: () => sheet.close() }, '×'),
      el('p', { class: 'request' }, el('b', {}, q.method), ' ', q.path, q.code ? ` — ${q.code}` : '')),
    detail(q));
  sheet.showModal();
  sheet.scrollTop = 0;
}

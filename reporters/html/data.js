// What the report holds: suites, their queries, and who waited for whom.

const report = JSON.parse(byId('report').textContent);
const suites = report.suites;
const queries = [];
for (const s of suites) {
  s.wrong = (s.problems || []).some((p) => p.severity !== 'warning');
  s.badge = s.wrong ? 'errored' : s.status;
  for (const q of s.queries) {
    q.suite = s;
    q.id = `${s.number}.${q.number}`;
    q.bad = q.status === 'failed' || q.status === 'errored';
    q.badge = q.flaky ? 'flaky' : q.status;
    q.end = q.start === undefined ? undefined : q.start + q.duration;
    q.index = queries.length;
    queries.push(q);
  }
}

const byQueryId = new Map(queries.map((q) => [q.id, q]));
const queryById = (id) => byQueryId.get(id);

let detailLines = null;

// detailOf returns what there is to say about a query beyond its line. The
// block is cut into lines when the first is asked for; each is read for itself.
function detailOf(q) {
  if (!q.detail) return {};
  if (!detailLines) detailLines = byId('details').textContent.trim().split('\n');
  return JSON.parse(detailLines[q.detail - 1]);
}

const tagsOf = (q) => [...(q.suite.tags || []), ...(q.tags || [])];

// textOf returns what the search looks at.
function textOf(q) {
  if (q.text === undefined) {
    q.text = [q.name, q.method, q.path, q.place, q.why, q.code, q.phase, q.suite.name, ...tagsOf(q)].join('\n').toLowerCase();
  }
  return q.text;
}

function suiteText(s) {
  return [s.name, s.file, ...(s.problems || []).map((p) => p.message + '\n' + p.place)].join('\n').toLowerCase();
}

// graphOf returns for a suite which queries each waits for, and which wait for it.
function graphOf(s) {
  if (s.graph) return s.graph;
  const rows = new Map();
  for (const q of s.queries) {
    const name = q.query || q.name;
    if (!rows.has(name)) rows.set(name, []);
    rows.get(name).push(q);
  }
  s.graph = { rows, waits: new Map(), waiters: new Map() };
  for (const w of s.waits || []) {
    s.graph.waits.set(w.query, w);
    for (const name of [...(w.needs || []), ...(w.order || [])]) {
      if (!s.graph.waiters.has(name)) s.graph.waiters.set(name, []);
      s.graph.waiters.get(name).push(w.query);
    }
  }
  return s.graph;
}

// waitedFor returns the queries that q waited for, each with the reason:
// "needs" or "order".
function waitedFor(q) {
  const graph = graphOf(q.suite);
  const w = graph.waits.get(q.query || q.name) || {};
  const list = [];
  for (const kind of ['needs', 'order']) {
    for (const name of w[kind] || []) {
      for (const other of graph.rows.get(name) || []) list.push({ query: other, kind });
    }
  }
  return list;
}

// waiters returns the queries that waited for q.
function waiters(q) {
  const graph = graphOf(q.suite);
  return (graph.waiters.get(q.query || q.name) || []).flatMap((name) => graph.rows.get(name) || []);
}

// decider returns what ended last of the queries that q waited for.
function decider(q) {
  let last;
  for (const { query } of waitedFor(q)) {
    if (query.end !== undefined && (!last || query.end > last.end)) last = query;
  }
  return last;
}

// What is looked at: kept in the URL's hash, so that a link shows the same.

const stateNames = ['failed', 'errored', 'flaky', 'passed', 'skipped'];
const state = { view: 'list', states: null, suite: '', tag: '', q: '', query: '' };

function readHash() {
  const p = new URLSearchParams(location.hash.slice(1));
  state.view = p.get('view') === 'waterfall' ? 'waterfall' : 'list';
  const names = (p.get('state') || '').split(',');
  const known = stateNames.filter((name) => names.includes(name));
  state.states = names.includes('all') ? new Set() : known.length ? new Set(known) : null;
  for (const key of ['suite', 'tag', 'q', 'query']) state[key] = p.get(key) || '';
}

function hashOf() {
  const p = new URLSearchParams();
  if (state.view !== 'list') p.set('view', state.view);
  if (state.states) p.set('state', state.states.size ? [...state.states].join(',') : 'all');
  for (const key of ['suite', 'tag', 'q', 'query']) if (state[key]) p.set(key, state[key]);
  return '#' + p;
}

// change changes what is looked at. Typing makes no history.
function change(values, { quietly = false } = {}) {
  Object.assign(state, values);
  const hash = hashOf();
  try {
    history[quietly ? 'replaceState' : 'pushState'](null, '', hash);
  } catch {
    location.hash = hash;
  }
  show();
}

const anythingBad = suites.some((s) => s.wrong) || queries.some((q) => q.bad);

// shownStates returns the states that are shown, an empty set for all. Where
// nobody has chosen, the list begins with what failed.
function shownStates() {
  if (state.states) return state.states;
  return new Set(state.view === 'list' && anythingBad ? ['failed', 'errored'] : []);
}

const inStates = (q, states) => states.size === 0 || states.has(q.status) || q.flaky && states.has('flaky');

// matcher returns the test of everything but the state.
function matcher() {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  return (q) => (!state.suite || q.suite.file === state.suite) && (!state.tag || tagsOf(q).includes(state.tag)) &&
    words.every((w) => textOf(q).includes(w));
}

// suiteMatches tells whether the problems of a suite are shown.
function suiteMatches(s, states) {
  if (!s.problems || state.suite && s.file !== state.suite || state.tag && !(s.tags || []).includes(state.tag)) return false;
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  return (states.size === 0 || s.wrong && states.has('errored')) && words.every((w) => suiteText(s).includes(w));
}

// select returns the suites and queries that are shown, in order, and the
// number in each state without regard to the states that were chosen.
function select() {
  const states = shownStates();
  const matches = matcher();
  const counts = { all: 0, failed: 0, errored: 0, flaky: 0, passed: 0, skipped: 0 };
  const groups = [];
  for (const s of suites) {
    const shown = [];
    for (const q of s.queries) {
      if (!matches(q)) continue;
      counts.all++;
      counts[q.status]++;
      if (q.flaky) counts.flaky++;
      if (inStates(q, states)) shown.push(q);
    }
    const problems = suiteMatches(s, states);
    if (shown.length || problems) groups.push({ suite: s, queries: shown, problems });
  }
  return { groups, counts, states };
}

// One attempt: how long it took, what was sent and what came back.

const timingParts = [
  ['dns_ms', 'DNS', 'dns'], ['connect_ms', 'connect', 'connect'], ['tls_ms', 'TLS', 'tls'],
  ['first_byte_ms', 'first byte', 'wait'], ['transfer_ms', 'transfer', 'transfer'],
];

function timingBar(a) {
  const parts = timingParts.map(([key, name, kind]) => ({ name, kind, ms: (a.timing || {})[key] || 0 })).filter((p) => p.ms >= 0.05);
  const known = parts.reduce((sum, p) => sum + p.ms, 0);
  const whole = Math.max(a.duration, known) || 1;
  let x = 0;
  const rects = parts.map((p) => {
    const rect = svg('rect', { class: p.kind, x: (x / whole) * 1000, y: 0, width: Math.max(2, (p.ms / whole) * 1000), height: 10 });
    x += p.ms;
    return rect;
  });
  return el('div', { class: 'timing' },
    el('span', { class: 'total' }, took(a.duration)),
    parts.length > 0 && svg('svg', { viewBox: '0 0 1000 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      svg('rect', { class: 'rest', x: 0, y: 0, width: 1000, height: 10 }), rects),
    el('span', { class: 'legend' }, parts.map((p) => el('span', { class: 'part ' + p.kind }, `${p.name} ${took(p.ms)}`)),
      a.timing && a.timing.reused && el('span', { class: 'part' }, 'kept connection')));
}

function headerTable(list) {
  return list && el('details', { class: 'headers' }, el('summary', {}, count(list.length, 'header', 'headers')),
    el('dl', {}, list.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)))));
}

const sizeOf = (n) => n < 1000 ? count(n, 'byte', 'bytes') : n < 1e6 ? (n / 1e3).toFixed(1) + ' kB' : (n / 1e6).toFixed(1) + ' MB';

function message(title, m, missing) {
  if (!m) return missing && el('section', { class: 'message' }, el('h4', {}, title), el('p', { class: 'muted' }, missing));
  return el('section', { class: 'message' },
    el('h4', {}, title, el('span', { class: 'muted' }, m.size > 0 ? sizeOf(m.size) : 'no body'),
      m.body && copyButton(m.body, 'Copy body')),
    el('pre', { class: 'first' }, m.first),
    headerTable(m.headers),
    m.body && bodyText(m.body),
    m.note && el('p', { class: 'muted note' }, m.note));
}

function curlBlock(command) {
  return command && el('section', { class: 'curl' },
    el('h4', {}, 'Send it again', copyButton(command, 'Copy curl command')), el('pre', { tabindex: 0 }, command));
}

function exchange(a) {
  return el('div', { class: 'exchange' },
    timingBar(a),
    (a.request || a.response) && el('div', { class: 'messages' },
      message('Request', a.request), message('Response', a.response, 'no whole answer')),
    curlBlock(a.curl));
}

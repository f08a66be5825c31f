// Values, texts and diffs.

// difference cuts two texts into what they share and where they differ.
function difference(a, b) {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return { head, tail, shared: head + tail };
}

// marked returns a text with what differs from the other one marked, where they
// share enough for that to help.
function marked(text, other) {
  const { head, tail, shared } = difference(text, other || '');
  if (!other || shared < 3 || shared * 3 < text.length || head + tail >= text.length) return [text];
  return [text.slice(0, head), el('mark', {}, text.slice(head, text.length - tail)), text.slice(text.length - tail)];
}

function comparison(expected, found) {
  const row = (name, text, other, kind) => text && el('div', { class: 'value ' + kind },
    el('dt', {}, name), el('dd', {}, el('pre', {}, marked(text, other))));
  return (expected || found) && el('dl', { class: 'comparison' },
    row('Expected', expected, found, 'expected'), row('Found', found, expected, 'found'));
}

// diffText shows the lines of a detail, those of a diff in their colours.
function diffText(text) {
  const pre = el('pre', { class: 'diff', tabindex: 0 });
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const kind = line.startsWith('- ') ? 'expected' : line.startsWith('+ ') ? 'found' : null;
    pre.append(el('span', { class: kind }, line), '\n');
  }
  return pre;
}

const maxTokens = 3000;

// bodyText shows a body, JSON in colours.
function bodyText(text) {
  const pre = el('pre', { class: 'body', tabindex: 0 });
  if (!/^\s*[[{]/.test(text)) {
    pre.textContent = text;
    return pre;
  }
  const token = /("(?:[^"\\\n]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d[\d.eE+-]*/g;
  let at = 0;
  for (let m, n = 0; n < maxTokens && (m = token.exec(text)); n++) {
    pre.append(text.slice(at, m.index), el('span', { class: m[2] ? 'key' : m[1] ? 'string' : 'number' }, m[1] || m[0]));
    at = m.index + (m[1] || m[0]).length;
  }
  pre.append(text.slice(at));
  return pre;
}

// place shows where something stands in the suite, to copy into an editor. In
// the file that is named above anyway the line is enough to read.
function place(text, file) {
  const short = file && text && text.startsWith(file + ':') ? 'line ' + text.slice(file.length + 1) : text;
  return text && el('button', { type: 'button', class: 'place', title: 'Copy ' + text, click: () => copy(text) }, short);
}

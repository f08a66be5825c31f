// Everything on the page is made here: text becomes text nodes, never markup.

const byId = (id) => document.getElementById(id);

// el makes an element. Attributes that are functions listen; null, undefined
// and false ones are left out, as are such children.
function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

// svg makes an element of a drawing.
function svg(tag, attributes, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (typeof value === 'function') {
      node.addEventListener(name, value);
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? '' : String(value));
    }
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false && child !== '') {
      node.append(child);
    }
  }
  return node;
}

const marks = {
  passed: 'M3.5 8.5l3 3L12.5 5',
  failed: 'M4.5 4.5l7 7m0-7l-7 7',
  errored: 'M8 3v6m0 3.6v.1',
  skipped: 'M4 8h8',
  flaky: 'M2.5 6h9.5L9.5 3.5M13.5 10H4l2.5 2.5',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
};

function mark(name, label) {
  return svg('svg', {
    class: 'mark ' + name, viewBox: '0 0 16 16', width: 16, height: 16,
    role: label ? 'img' : null, 'aria-label': label, 'aria-hidden': label ? null : 'true',
  }, svg('path', { d: marks[name] || marks.errored }));
}

// took says a number of milliseconds as people do: 0.3 ms, 12 ms, 1.25 s, 2m05s.
function took(ms) {
  if (ms <= 0) return '0 ms';
  if (ms < 9.95) return ms.toFixed(1) + ' ms';
  if (ms < 999.5) return ms.toFixed(0) + ' ms';
  if (ms < 59995) return (ms / 1000).toFixed(2) + ' s';
  const s = Math.round(ms / 1000);
  const two = (n) => String(n).padStart(2, '0');
  return s < 3600 ? `${Math.floor(s / 60)}m${two(s % 60)}s` : `${Math.floor(s / 3600)}h${two(Math.floor(s / 60) % 60)}m${two(s % 60)}s`;
}

const count = (n, one, many) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

// copy puts text on the clipboard. Pages from disk may not use the clipboard's
// own interface; the old command is there for them.
async function copy(text, button) {
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    const area = el('textarea', { class: 'offscreen', readonly: true, 'aria-hidden': 'true' });
    area.value = text;
    (document.querySelector('dialog[open]') || document.body).append(area);
    const before = document.activeElement;
    area.select();
    done = document.execCommand('copy');
    area.remove();
    if (before) before.focus({ preventScroll: true });
  }
  say(done ? 'Copied' : 'Could not be copied: select it and copy it by hand');
  if (button && done) {
    button.classList.add('done');
    setTimeout(() => button.classList.remove('done'), 1500);
  }
}

function copyButton(text, label) {
  const button = el('button', { type: 'button', class: 'copy', click: (e) => { e.stopPropagation(); copy(text, button); } },
    mark('copy'), el('span', {}, label));
  button.setAttribute('aria-label', label);
  return button;
}

let silence = 0;

// say shows a line for a moment, and tells it to screen readers.
function say(text) {
  const said = byId('said');
  said.textContent = text;
  said.classList.add('on');
  clearTimeout(silence);
  silence = setTimeout(() => said.classList.remove('on'), 2000);
}

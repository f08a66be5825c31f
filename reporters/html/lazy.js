// A long list of which only what is near the window is in the document: the
// items are cut into chunks, and a chunk that is far away is an empty box as
// high as it was, or as it is thought to be.

const chunkSize = 30;

class LazyList {
  // make returns the element of an item, and guess its height in pixels.
  constructor(host, make, guess) {
    Object.assign(this, { host, make, guess, items: [], chunks: [] });
    this.observer = new IntersectionObserver((entries) => {
      for (const e of entries) {
        const chunk = this.chunks[Number(e.target.dataset.chunk)];
        if (!chunk || chunk.node !== e.target) continue;
        if (e.isIntersecting) this.fill(chunk);
        else if (!e.target.contains(document.activeElement)) this.empty(chunk);
      }
    }, { rootMargin: '600px 0px' });
  }

  set(items) {
    this.observer.disconnect();
    this.items = items;
    this.chunks = [];
    for (let i = 0; i < items.length; i += chunkSize) {
      const part = items.slice(i, i + chunkSize);
      const height = part.reduce((sum, item) => sum + this.guess(item), 0);
      const node = el('div', { class: 'chunk', role: 'presentation', 'data-chunk': this.chunks.length });
      this.chunks.push({ node, from: i, items: part, height, filled: false });
      node.style.height = height + 'px';
    }
    this.host.replaceChildren(...this.chunks.map((c) => c.node));
    this.chunks.slice(0, 2).forEach((c) => this.fill(c));
    this.chunks.forEach((c) => this.observer.observe(c.node));
  }

  fill(chunk) {
    if (chunk.filled) return;
    chunk.filled = true;
    chunk.node.style.height = '';
    chunk.node.replaceChildren(...chunk.items.map((item) => this.make(item)));
  }

  empty(chunk) {
    if (!chunk.filled) return;
    chunk.height = chunk.node.offsetHeight;
    chunk.filled = false;
    chunk.node.style.height = chunk.height + 'px';
    chunk.node.replaceChildren();
  }

  // element returns the element of an item, made if need be.
  element(index) {
    const chunk = this.chunks[Math.floor(index / chunkSize)];
    if (!chunk) return null;
    this.fill(chunk);
    return chunk.node.children[index - chunk.from];
  }

  // shown returns the indices of the items that are in the document.
  shown() {
    return this.chunks.filter((c) => c.filled).flatMap((c) => c.items.map((_, i) => c.from + i));
  }

  // renew makes the elements that are in the document again.
  renew() {
    for (const chunk of this.chunks) {
      if (chunk.filled) chunk.node.replaceChildren(...chunk.items.map((item) => this.make(item)));
    }
  }

  // fillUpTo makes a number of items, for printing.
  fillUpTo(limit) {
    for (const chunk of this.chunks) if (chunk.from < limit) this.fill(chunk);
  }
}

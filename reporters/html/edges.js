// The lines of the waterfall from what was waited for to what waited.

const maxEdges = 300;

// edgePath goes down (or up) from the end of one bar, then to the start of another.
function edgePath(from, to) {
  const x = Math.max(from.x, 0);
  const turn = Math.min(5, Math.abs(to.y - from.y) / 2, Math.abs(to.x - x));
  const down = to.y > from.y ? 1 : -1;
  const right = to.x >= x ? 1 : -1;
  return `M${x} ${from.y}V${to.y - down * turn}Q${x} ${to.y} ${x + right * turn} ${to.y}H${to.x}`;
}

function edge(from, to, kind) {
  return svg('g', { class: 'edge ' + kind },
    svg('path', { d: edgePath(from, to) }),
    svg('path', { class: 'tip', d: `M${to.x - 4} ${to.y - 3}L${to.x} ${to.y}L${to.x - 4} ${to.y + 3}z` }));
}

// chainOf returns all edges by which q came to wait, its own first.
function chainOf(q) {
  const seen = new Set([q]);
  const edges = [];
  for (let next = [q]; next.length && edges.length < maxEdges;) {
    const later = next;
    next = [];
    for (const to of later) {
      for (const { query: from, kind } of waitedFor(to)) {
        if (edges.length < maxEdges) edges.push({ from, to, kind, own: to === q });
        if (!seen.has(from)) {
          seen.add(from);
          next.push(from);
        }
      }
    }
  }
  return edges;
}

package runner

import (
	"cmp"
	"container/heap"

	"github.com/apicel/apicel/internal/expr"
)

// task is a piece of work for a worker: to make the rows of a node, or to send
// the next attempt of a row.
type task struct {
	node *node
	row  *row   // nil: make the rows
	rank uint64 // comes before all else; 0 where nothing is shuffled
	// place is that of the suite and of the query in it.
	place uint64
}

// taskHeap hands out tasks in the order of suites, queries and rows, so that
// what stands first is sent first and suites finish one after another; where
// shuffle is set, in an order that is drawn from it among all that may run.
type taskHeap struct {
	tasks   tasks
	shuffle *uint64
}

func (h *taskHeap) len() int { return len(h.tasks) }

// pop and push do what heap.Pop and heap.Push do, without a copy of each task on
// the heap of the program.
func (h *taskHeap) pop() task {
	first, last := h.tasks[0], len(h.tasks)-1
	h.tasks[0], h.tasks[last] = h.tasks[last], task{}
	h.tasks = h.tasks[:last]
	if last > 0 {
		heap.Fix(&h.tasks, 0)
	}
	return first
}

func (h *taskHeap) push(t task) {
	if h.shuffle != nil {
		t.rank = t.draw(*h.shuffle)
	}
	t.place = uint64(t.node.suite.suite.index)<<32 | uint64(t.node.q.index)
	h.tasks = append(h.tasks, t)
	heap.Fix(&h.tasks, len(h.tasks)-1)
}

// draw returns the place of the task in a shuffled order. It follows from the seed
// and from what the task is, so that a shard, or a failing query by itself, keeps
// the order that the whole run had.
func (t task) draw(seed uint64) uint64 {
	q := t.node.q
	return expr.Stream(seed, q.suite.id, q.spec.Name.Value+" order", t.row.number()+1).Uint64()
}

type tasks []task

func (t tasks) Len() int      { return len(t) }
func (t tasks) Swap(i, j int) { t[i], t[j] = t[j], t[i] }

func (t tasks) Less(i, j int) bool {
	a, b := t[i], t[j]
	return cmp.Or(
		cmp.Compare(a.rank, b.rank),
		cmp.Compare(a.place, b.place),
		cmp.Compare(a.row.number(), b.row.number()),
	) < 0
}

// Push and Pop complete heap.Interface; heap.Fix calls neither.
func (t *tasks) Push(x any) { *t = append(*t, x.(task)) }

func (t *tasks) Pop() any { panic("tasks are taken by taskHeap.pop") }

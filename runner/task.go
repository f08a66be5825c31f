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
}

// taskHeap hands out tasks in the order of suites, queries and rows, so that
// what stands first is sent first and suites finish one after another; where
// shuffle is set, in an order that is drawn from it among all that may run.
type taskHeap struct {
	tasks   tasks
	shuffle *uint64
}

func (h *taskHeap) len() int  { return len(h.tasks) }
func (h *taskHeap) pop() task { return heap.Pop(&h.tasks).(task) }

func (h *taskHeap) push(t task) {
	if h.shuffle != nil {
		t.rank = t.draw(*h.shuffle)
	}
	heap.Push(&h.tasks, t)
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
		cmp.Compare(a.node.suite.suite.index, b.node.suite.suite.index),
		cmp.Compare(a.node.q.index, b.node.q.index),
		cmp.Compare(a.row.number(), b.row.number()),
	) < 0
}

// Push implements heap.Interface.
func (t *tasks) Push(x any) { *t = append(*t, x.(task)) }

// Pop implements heap.Interface.
func (t *tasks) Pop() any {
	old := *t
	last := old[len(old)-1]
	old[len(old)-1] = task{}
	*t = old[:len(old)-1]
	return last
}

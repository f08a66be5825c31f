package runner

import (
	"cmp"
	"container/heap"
)

// task is a piece of work for a worker: to make the rows of a node, or to send
// the next attempt of a row.
type task struct {
	node *node
	row  *row // nil: make the rows
}

// taskHeap hands out tasks in the order of suites, queries and rows, so that
// what stands first is sent first and suites finish one after another.
type taskHeap struct{ tasks tasks }

func (h *taskHeap) len() int    { return len(h.tasks) }
func (h *taskHeap) push(t task) { heap.Push(&h.tasks, t) }
func (h *taskHeap) pop() task   { return heap.Pop(&h.tasks).(task) }

type tasks []task

func (t tasks) Len() int      { return len(t) }
func (t tasks) Swap(i, j int) { t[i], t[j] = t[j], t[i] }

func (t tasks) Less(i, j int) bool {
	a, b := t[i], t[j]
	return cmp.Or(
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

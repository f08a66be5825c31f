package assert

import (
	"strings"

	"github.com/antchfx/xmlquery"
	"github.com/antchfx/xpath"
)

// looksAtNothing tells whether an XPath expression gives the same for every
// document: one that takes no step from the root of a document and reads no
// text cannot tell it from another.
func looksAtNothing(by string) (nothing bool) {
	compiled, err := compileXPath(by, nil)
	if err != nil {
		return false
	}
	root, err := xmlquery.Parse(strings.NewReader("<a>x</a>"))
	if err != nil {
		return false
	}
	w := &witness{NodeNavigator: xmlquery.CreateXPathNavigator(root), looked: new(bool)}
	defer func() {
		if recover() != nil { // it needs an answer of another shape, or none will do
			nothing = false
		}
	}()
	if _, isNodes := compiled.Evaluate(w).(*xpath.NodeIterator); isNodes {
		return false
	}
	return !*w.looked
}

// witness notes whether anything of a document was looked at.
type witness struct {
	xpath.NodeNavigator
	looked *bool
}

func (w *witness) Copy() xpath.NodeNavigator { return &witness{w.NodeNavigator.Copy(), w.looked} }

func (w *witness) MoveTo(other xpath.NodeNavigator) bool {
	o, ok := other.(*witness)
	return ok && w.NodeNavigator.MoveTo(o.NodeNavigator)
}

func (w *witness) MoveToParent() bool {
	*w.looked = true
	return w.NodeNavigator.MoveToParent()
}

func (w *witness) MoveToNextAttribute() bool {
	*w.looked = true
	return w.NodeNavigator.MoveToNextAttribute()
}

func (w *witness) MoveToChild() bool {
	*w.looked = true
	return w.NodeNavigator.MoveToChild()
}

func (w *witness) MoveToFirst() bool {
	*w.looked = true
	return w.NodeNavigator.MoveToFirst()
}

func (w *witness) MoveToNext() bool {
	*w.looked = true
	return w.NodeNavigator.MoveToNext()
}

func (w *witness) MoveToPrevious() bool {
	*w.looked = true
	return w.NodeNavigator.MoveToPrevious()
}

func (w *witness) Value() string {
	*w.looked = true
	return w.NodeNavigator.Value()
}

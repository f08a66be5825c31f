package assert

import (
	"fmt"
	"strings"
	"unicode/utf8"

	udiff "github.com/aymanbagabas/go-udiff"
)

// diffText compares texts of several lines in the unified format. It gives ""
// where neither has several lines.
func (r *run) diffText(want, got string) string {
	if !strings.Contains(want, "\n") && !strings.Contains(got, "\n") || len(want)+len(got) > maxDiffText {
		return ""
	}
	text := udiff.Unified("expected", "found", r.hide(want), r.hide(got))
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	marked := false
	for at := 0; at < len(lines); {
		removed, added := changedLines(lines[at:])
		if removed+added == 0 || at < 2 {
			lines[at] = r.plainLine(lines[at])
			at++
			continue
		}
		marked = r.showChange(lines[at:at+removed], lines[at+removed:at+removed+added]) || marked
		at += removed + added
	}
	if more := len(lines) - 2*maxDiffLines; more > 0 {
		lines = append(lines[:2*maxDiffLines], fmt.Sprintf("… and %d more lines", more))
	}
	if marked {
		lines = append(lines, "(· is a space, → a tab)")
	}
	return strings.Join(lines, "\n")
}

// changedLines counts the lines with - that lines begin with, and those with +
// behind them.
func changedLines(lines []string) (removed, added int) {
	for removed < len(lines) && strings.HasPrefix(lines[removed], "-") {
		removed++
	}
	for removed+added < len(lines) && strings.HasPrefix(lines[removed+added], "+") {
		added++
	}
	return removed, added
}

// showChange writes lines as they are shown, those that belong together around
// their first difference. It tells whether white space was marked.
func (r *run) showChange(removed, added []string) bool {
	marked := false
	for i := range max(len(removed), len(added)) {
		switch {
		case i >= len(removed):
			added[i], marked = r.changedLine(added[i], marked)
		case i >= len(added):
			removed[i], marked = r.changedLine(removed[i], marked)
		default:
			marked = r.showPair(&removed[i], &added[i]) || marked
		}
	}
	return marked
}

// showPair writes a line and the one that stands in its place. Where they differ
// in white space only, all of it is marked.
func (r *run) showPair(removed, added *string) bool {
	a, b := (*removed)[1:], (*added)[1:]
	marked := strings.Join(strings.Fields(a), "") == strings.Join(strings.Fields(b), "")
	if marked {
		a, b = markBlanks.Replace(a), markBlanks.Replace(b)
	} else {
		var markedA, markedB bool
		a, markedA = markEnd(a)
		b, markedB = markEnd(b)
		marked = markedA || markedB
		a, b = expandTabs(a), expandTabs(b)
	}
	if max(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) > maxShown {
		a, b = r.around(a, b, maxShown)
	}
	*removed, *added = "-"+printable(a), "+"+printable(b)
	return marked
}

func (r *run) changedLine(line string, marked bool) (string, bool) {
	line, here := markEnd(line)
	return r.plainLine(line), marked || here
}

func (r *run) plainLine(line string) string {
	if c := []rune(line); len(c) > maxShown {
		line = string(c[:maxShown]) + "…"
	}
	return printable(expandTabs(line))
}

func expandTabs(s string) string { return strings.ReplaceAll(s, "\t", "    ") }

// markBlanks makes white space visible.
var markBlanks = strings.NewReplacer(" ", "·", "\t", "→")

// markEnd makes the white space at the end of a line visible, and tells whether
// there is any.
func markEnd(line string) (string, bool) {
	text := strings.TrimRight(line, " \t")
	return text + markBlanks.Replace(line[len(text):]), text != line
}

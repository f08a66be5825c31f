package reporters

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// Screen shares a terminal between lines that stay and a few lines below them
// that are drawn again and again: the view. Every change is one write, so that
// nothing tears it. Between two writes the cursor is visible and stands at the
// beginning of the line below the view, so that a program that is killed leaves
// the terminal as it should be.
//
// The control sequences are those of ECMA-48 that every terminal in use knows;
// those for synchronized output are ignored where they are unknown.
type Screen struct {
	w    io.Writer
	size func() (columns, rows int)

	mu     sync.Mutex
	stays  bytes.Buffer // lines that stay and have not been written yet
	view   []viewLine   // what is on the terminal
	closed bool
	err    error // the first of w
}

// viewLine is a line of the view: its text with colours, and how many cells it takes.
type viewLine struct {
	text  string
	cells int
}

// NewScreen returns a Screen on a terminal. size is asked at each redraw, so that a
// terminal may be resized at any time; what is not positive is taken for 80 columns
// and 24 rows.
func NewScreen(w io.Writer, size func() (columns, rows int)) *Screen {
	return &Screen{w: w, size: size}
}

const (
	beginFrame = "\x1b[?2026h\x1b[?25l" // hold the picture, hide the cursor
	endFrame   = "\x1b[?25h\x1b[?2026l"
	clearRight = "\x1b[K"
	clearLine  = "\x1b[2K"
)

// Print adds whole lines that stay. They are written with the next Draw, before
// the next Write or by Close, whichever comes first. It returns the first error
// of the terminal.
func (s *Screen) Print(lines []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stays.Write(lines)
	if s.closed {
		s.put(nil)
	}
	return s.err
}

// Write implements [io.Writer] for others who write whole lines to the same
// terminal, such as warnings: at once, above the view.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stays.Write(p)
	if len(s.view) > 0 && !bytes.HasSuffix(p, []byte("\n")) {
		s.stays.WriteByte('\n')
	}
	s.put(s.view)
	if s.err != nil {
		return 0, s.err
	}
	return len(p), nil
}

// spare is how many columns the terminal has beyond 80.
func (s *Screen) spare() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	columns, _ := s.dimensions()
	return max(columns-80, 0)
}

// draw shows the view that render returns for the terminal's present size. Its
// lines must be narrower than the terminal and fewer than it has rows.
func (s *Screen) draw(render func(columns, rows int) []viewLine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.err != nil {
		return
	}
	s.put(render(s.dimensions()))
}

func (s *Screen) dimensions() (columns, rows int) {
	columns, rows = s.size()
	if columns <= 0 {
		columns = 80
	}
	if rows <= 0 {
		rows = 24
	}
	return columns, rows
}

// Close takes the view away and writes what stays. Whatever is printed after it
// goes to the terminal as it is. It may be called again.
func (s *Screen) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(nil)
	s.closed = true
	return s.err
}

// put writes what stays and the view below it in the place of the one that is
// there. Where nothing changes it writes nothing.
func (s *Screen) put(view []viewLine) {
	if s.stays.Len() == 0 && sameView(s.view, view) {
		return
	}
	stays := s.stays.Bytes()
	if len(s.view)+len(view) == 0 {
		s.write(stays)
		s.stays.Reset()
		return
	}
	var b bytes.Buffer
	b.WriteString(beginFrame)
	columns, _ := s.dimensions()
	height := rowsOf(s.view, columns)
	if height > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r", height)
	}
	if height != len(view) || len(stays) > 0 {
		erase(&b, height)
	}
	b.Write(stays)
	for _, l := range view {
		b.WriteString(l.text + clearRight + "\n")
	}
	b.WriteString(clearRight + endFrame)
	s.write(b.Bytes())
	s.stays.Reset()
	s.view = append(s.view[:0:0], view...)
}

// erase empties rows from the cursor's on, row by row, and the one below them, where
// the terminal shows what was typed, such as ^C. It leaves the cursor at the first.
// Erasing all below at once would have tmux keep it in its history where the cursor
// is at the top.
func erase(b *bytes.Buffer, rows int) {
	if rows == 0 {
		return
	}
	for range rows {
		b.WriteString(clearLine + "\x1b[B")
	}
	fmt.Fprintf(b, clearLine+"\x1b[%dA", rows)
}

func sameView(a, b []viewLine) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// rowsOf returns how many rows the view takes. In a terminal that has become
// narrower its lines have been wrapped.
func rowsOf(view []viewLine, columns int) int {
	rows := 0
	for _, l := range view {
		rows += max(1, (l.cells+columns-1)/columns)
	}
	return rows
}

func (s *Screen) write(p []byte) {
	if s.err == nil && len(p) > 0 {
		_, s.err = s.w.Write(p)
	}
}

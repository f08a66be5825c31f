package reporters

import (
	"slices"
	"strings"
	"time"

	"github.com/apicel/apicel/runner"
)

// timingPart is a part of an exchange: what it is, how long it took, and the
// character that stands for it in the bar. The characters differ in more than
// their colour, and like the rest of the output they are UTF-8 everywhere.
type timingPart struct {
	name  string
	took  time.Duration
	glyph string
	color string
}

// leastShown is the shortest time that is worth a word: it is shown as 0.1 ms.
const leastShown = 50 * time.Microsecond

func timingParts(t *runner.Timing) []timingPart {
	parts := []timingPart{
		{"dns", t.DNS.Duration(), "░", cyan},
		{"connect", t.Connect.Duration(), "▒", yellow},
		{"tls", t.TLS.Duration(), "▓", green},
		{"first byte", t.FirstByte.Duration(), "█", dim},
		{"transfer", t.Transfer.Duration(), "▄", cyan},
	}
	return slices.DeleteFunc(parts, func(part timingPart) bool { return part.took < leastShown })
}

// timing prints how long an attempt took and, where it is known, with what: as a
// bar in which each part has its share, and the parts by name below it.
//
//	took 18 ms  ▒▒▒▒▒███████████████████████████████████▄
//	            ▒ connect 1.8 ms  █ first byte 14 ms  ▄ transfer 0.2 ms
func (p *printer) timing(indent int, a *runner.AttemptReport) {
	if a.Timing == nil {
		return
	}
	parts := timingParts(a.Timing)
	took := "took " + duration(a.Duration.Duration())
	kept := ""
	if a.Timing.Reused {
		kept = p.style.paint(dim, "  on a kept connection")
	}
	p.blank()
	switch len(parts) {
	case 0:
		p.line(indent, p.style.paint(dim, took), kept)
	case 1:
		p.line(indent, p.style.paint(dim, took+": "+parts[0].name+" "+duration(parts[0].took)), kept)
	default:
		p.line(indent, p.style.paint(dim, took), "  ", p.timingBar(parts))
		p.line(indent+displayWidth(took)+2, p.timingNames(parts), kept)
	}
}

func (p *printer) timingNames(parts []timingPart) string {
	named := make([]string, len(parts))
	for i, part := range parts {
		named[i] = p.style.paint(part.color, part.glyph) + p.style.paint(dim, " "+part.name+" "+duration(part.took))
	}
	return strings.Join(named, "  ")
}

// widthBar is the number of cells of the bar.
const widthBar = 40

// timingBar is the bar. Each part has a cell at least; the longest gives way.
func (p *printer) timingBar(parts []timingPart) string {
	var whole time.Duration
	for _, part := range parts {
		whole += part.took
	}
	cells := make([]int, len(parts))
	longest, left := 0, widthBar
	for i, part := range parts {
		cells[i] = max(1, int(float64(part.took)/float64(whole)*widthBar+0.5))
		left -= cells[i]
		if part.took > parts[longest].took {
			longest = i
		}
	}
	cells[longest] += left
	var b strings.Builder
	for i, part := range parts {
		b.WriteString(p.style.paint(part.color, strings.Repeat(part.glyph, cells[i])))
	}
	return b.String()
}

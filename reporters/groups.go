package reporters

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/apicel/apicel/runner"
)

// Groups is the way in which a CI system folds lines of its log.
type Groups int

// The systems that fold.
const (
	// NoGroups folds nothing.
	NoGroups Groups = iota
	// GitHubGroups are the commands ::group:: and ::endgroup:: of GitHub Actions
	// (docs.github.com, Workflow commands for GitHub Actions).
	GitHubGroups
	// GitLabGroups are the markers section_start and section_end (docs.gitlab.com,
	// CI/CD job logs, Custom collapsible sections).
	GitLabGroups
)

// command marks a line as a command of ours to the CI system, which defuse must
// leave alone. It is a control character, which no text from outside can hold
// once it has been made visible.
const command = "\x01"

// grouping opens and closes the groups of one section.
type grouping struct {
	kind   Groups
	now    func() time.Time
	number *int // of the groups of the run
	isOpen bool
	opened int // the groups of this section
	id     int // of the group that was opened last
}

func newGrouping(o ConsoleOptions, number *int) grouping {
	now := o.Now
	if now == nil {
		now = time.Now
	}
	return grouping{kind: o.Groups, now: now, number: number}
}

func (g *grouping) on() bool { return g.kind != NoGroups }

// open begins a group with the name of the suite, unless one is open.
func (g *grouping) open(s *section) {
	if !g.on() || g.isOpen {
		return
	}
	title := plainTitle(s.suite)
	if g.opened > 0 || s.named {
		title += " (continued)"
	}
	s.named, g.isOpen = true, true
	g.opened++
	*g.number++
	g.id = *g.number
	switch g.kind {
	case GitHubGroups:
		s.line(0, command, "::group::", gitHubData.Replace(title))
	case GitLabGroups:
		s.line(0, fmt.Sprintf("\x1b[0Ksection_start:%d:apicel_%d[collapsed=true]\r\x1b[0K%s", g.now().Unix(), g.id, title))
	}
}

// gitHubData escapes the data of a command as @actions/core does.
var gitHubData = strings.NewReplacer("%", "%25")

// close ends the group that is open, if one is.
func (g *grouping) close(s *section) {
	if !g.isOpen {
		return
	}
	g.isOpen = false
	switch g.kind {
	case GitHubGroups:
		s.line(0, command, "::endgroup::")
	case GitLabGroups:
		s.line(0, fmt.Sprintf("\x1b[0Ksection_end:%d:apicel_%d\r\x1b[0K", g.now().Unix(), g.id))
	}
}

func plainTitle(s *runner.SuiteReport) string {
	plain := section{suite: s}
	return plain.title()
}

// harmless takes the meaning from commands to CI systems other than our own.
func harmless(b []byte) []byte {
	return bytes.ReplaceAll(defuse(b), []byte(command), nil)
}

package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

// touchedJSON is what check --inputs prints as JSON.
type touchedJSON struct {
	Suites   []runner.Touched `json:"suites"`
	Problems []runner.Problem `json:"problems"`
}

// writeTouchedJSON prints what the suites would touch, and what check found.
func (a *app) writeTouchedJSON(plan *runner.Plan, problems []runner.Problem) error {
	if problems == nil {
		problems = []runner.Problem{}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(touchedJSON{plan.Touches(), problems}) // texts and numbers always encode
	if _, err := a.stdout.Write(text.Bytes()); err != nil {
		return unwritable(err)
	}
	return nil
}

// writeTouched prints what the suites would touch.
func (a *app) writeTouched(plan *runner.Plan) error {
	var text bytes.Buffer
	for _, t := range plan.Touches() {
		writeSuiteTouched(&text, t)
		text.WriteByte('\n')
	}
	return a.print(text.String())
}

// writeSuiteTouched writes what one suite would touch, a line each.
func writeSuiteTouched(w *bytes.Buffer, t runner.Touched) {
	w.WriteString(planTitle(runner.SuitePlan{Name: t.Name, File: t.File}) + "\n")
	if t.Incomplete {
		w.WriteString("  the file has errors, so there may be more than this\n")
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	section := func(title string, lines []string) {
		if len(lines) > 0 {
			_, _ = io.WriteString(table, "  "+title+"\n"+strings.Join(lines, "")) // a buffer takes everything
		}
	}
	section("vars", inputLines(t.Vars, ""))
	section("secrets", inputLines(t.Secrets, ""))
	section("environment that vars read", inputLines(t.Environment, "set"))
	section("files", placeLines(t.Files))
	section("origins", placeLines(t.Origins))
	_ = table.Flush()
}

func inputLines(inputs []runner.TouchedInput, present string) []string {
	var lines []string
	for _, in := range inputs {
		from := in.From
		if from == "" {
			from = present
		}
		switch {
		case in.Missing && from != "" && in.From != "":
			from += ", missing"
		case in.Missing && present != "":
			from = "not set"
		case in.Missing:
			from = "missing"
		}
		lines = append(lines, fmt.Sprintf("    %s\t%s\n", reporters.Inline(in.Name), reporters.Inline(from)))
	}
	return lines
}

func placeLines(places []runner.TouchedPlace) []string {
	var lines []string
	for _, p := range places {
		notes := ""
		if p.Undecided {
			notes += ", decided while it runs"
		}
		if p.Written {
			notes += ", written by --update-snapshots"
		}
		at := p.File
		if p.Line > 0 {
			at = fmt.Sprintf("%s:%d", p.File, p.Line)
		}
		lines = append(lines, fmt.Sprintf("    %s\t%s\n", reporters.Inline(p.Name), reporters.Inline(fmt.Sprintf("%s (%s)%s", p.Use, at, notes))))
	}
	return lines
}

package cli

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

// graphNode is a query of a graph; its id tells it apart whatever its name is.
type graphNode struct {
	id    string
	query runner.PlannedQuery
}

// graphPhase is a phase of a suite in a graph.
type graphPhase struct {
	id    string
	phase spec.Phase
	nodes []graphNode
}

// graphEdge leads from a query to one that waits for it.
type graphEdge struct {
	from, to string
	label    string
	order    bool // it waits by order alone
}

// graphOf returns the phases of a suite and who waits for whom.
func graphOf(number int, s runner.SuitePlan) (phases []graphPhase, edges []graphEdge) {
	ids, count := map[string]string{}, 0 // by name
	for _, wave := range s.Waves {
		if len(phases) == 0 || phases[len(phases)-1].phase != wave.Phase {
			phases = append(phases, graphPhase{id: fmt.Sprintf("s%d%s", number, wave.Phase), phase: wave.Phase})
		}
		p := &phases[len(phases)-1]
		for _, q := range wave.Queries {
			id := fmt.Sprintf("s%dq%d", number, count)
			count++
			ids[q.Name] = id
			p.nodes = append(p.nodes, graphNode{id, q})
		}
	}
	for _, p := range phases {
		for _, n := range p.nodes {
			for _, w := range n.query.Waits {
				edges = append(edges, graphEdge{ids[w.Query], n.id, edgeLabel(w), w.Reason == runner.WaitOrder})
			}
		}
	}
	return phases, edges
}

func edgeLabel(w runner.PlannedWait) string {
	switch w.Reason {
	case runner.WaitCapture, runner.WaitOptional:
		return w.Capture
	case runner.WaitAfter:
		return "after"
	case runner.WaitOrder:
	}
	return ""
}

// writeDot writes the plans in the language of Graphviz (graphviz.org/doc/info/lang.html).
func writeDot(w *bytes.Buffer, plans []runner.SuitePlan) {
	w.WriteString("digraph apicel {\n  rankdir=LR\n  node [shape=box]\n")
	for i, s := range plans {
		fmt.Fprintf(w, "  subgraph cluster_s%d {\n    label=%s\n", i, dotText(planTitle(s)))
		phases, edges := graphOf(i, s)
		for _, p := range phases {
			fmt.Fprintf(w, "    subgraph cluster_%s {\n      label=%s\n", p.id, dotText(string(p.phase)))
			for _, n := range p.nodes {
				style := ""
				if n.query.Needed {
					style = ", style=dashed"
				}
				fmt.Fprintf(w, "      %s [label=%s, tooltip=%s%s]\n", n.id, dotText(n.query.Name), dotText(n.query.Method+" "+n.query.Path), style)
			}
			w.WriteString("    }\n")
		}
		w.WriteString("  }\n")
		for _, e := range edges {
			fmt.Fprintf(w, "  %s -> %s%s\n", e.from, e.to, dotEdge(e))
		}
	}
	w.WriteString("}\n")
}

func dotEdge(e graphEdge) string {
	switch {
	case e.order:
		return " [style=dotted]"
	case e.label != "":
		return " [label=" + dotText(e.label) + "]"
	}
	return ""
}

// dotText is a quoted text of dot, in which a backslash begins an escape.
func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(reporters.Inline(s)) + `"`
}

// writeMermaid writes the plans as a flowchart (mermaid.js.org/syntax/flowchart.html).
func writeMermaid(w *bytes.Buffer, plans []runner.SuitePlan) {
	w.WriteString("flowchart LR\n")
	for i, s := range plans {
		fmt.Fprintf(w, "  subgraph s%d[%s]\n", i, mermaidText(planTitle(s)))
		phases, edges := graphOf(i, s)
		for _, p := range phases {
			fmt.Fprintf(w, "    subgraph %s[%s]\n", p.id, mermaidText(string(p.phase)))
			for _, n := range p.nodes {
				fmt.Fprintf(w, "      %s[%s]\n", n.id, mermaidText(n.query.Name))
				if n.query.Needed {
					fmt.Fprintf(w, "      style %s stroke-dasharray: 4\n", n.id)
				}
			}
			w.WriteString("    end\n")
		}
		w.WriteString("  end\n")
		for _, e := range edges {
			fmt.Fprintf(w, "  %s %s %s\n", e.from, mermaidArrow(e), e.to)
		}
	}
}

func mermaidArrow(e graphEdge) string {
	switch {
	case e.order:
		return "-.->"
	case e.label != "":
		return "-->|" + mermaidText(e.label) + "|"
	}
	return "-->"
}

// mermaidText is a quoted text of Mermaid, which knows markup and HTML in it: all
// but letters, digits and a few harmless signs is written by its number.
func mermaidText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range reporters.Inline(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" .,/:-()", r) {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "#%d;", r)
	}
	b.WriteByte('"')
	return b.String()
}

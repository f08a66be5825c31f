// Package docs holds the documentation, a book in Markdown, so that the program
// can show in the terminal what the site shows, in the same words.
package docs

import (
	"embed"
	"path"
	"regexp"
	"strings"
)

//go:embed *.md language/*.md sources/*.md cli/*.md reports/*.md
var pages embed.FS

// site is where the files are that a terminal has no topic for.
const site = "https://github.com/apicel/apicel/blob/main/"

// Page is a page of the book. Its topic, by which apicel help knows it, is the
// name of its file.
type Page struct {
	// Path is where it is below this folder. The pages of a part lie in a folder
	// that is called as the page which opens the part.
	Path string
	// Doc is what it is about, in a few words.
	Doc string
}

// Pages are the pages there are, in the order in which one reads them.
var Pages = []Page{
	{"getting-started.md", "the first ten minutes, from an empty folder to CI"},

	{"language.md", "the reference of what can stand in a suite"},
	{"language/suite.md", "the keys of a suite, and what becomes of mistakes"},
	{"language/scalars.md", "what text, numbers, dates, durations and sizes mean"},
	{"language/expressions.md", "where `${…}` and CEL may stand, and what they may read"},
	{"language/functions.md", "the functions of expressions; numbers, chance and time"},
	{"language/inputs.md", "what is given from outside, and what stays hidden"},
	{"language/files.md", "which files a suite may name"},
	{"language/query.md", "the keys of a query, and when it is skipped"},
	{"language/body.md", "JSON, text, forms, files, XML, GraphQL, bytes"},
	{"language/each.md", "one query for many rows"},
	{"language/retry.md", "sending again what failed for a moment"},
	{"language/poll.md", "waiting until something has happened"},
	{"language/expect.md", "the checks of a query, and of all queries of a suite"},
	{"language/matchers.md", "what may be asked of one value"},
	{"language/paths.md", "gjson paths and XPath, which pick a value out of a body"},
	{"language/json-schema.md", "the shape that a body must have"},
	{"language/snapshot.md", "a body as it was once, kept in a file"},
	{"language/capture.md", "values of an answer for later queries"},
	{"language/order.md", "what runs together and what waits; setup and teardown"},
	{"language/limits.md", "how large things may be, and how long they may take"},

	{"sources.md", "where an API is, and every way in"},
	{"sources/source.md", "the keys of a source: base URL, headers, parameters, cookies"},
	{"sources/source-files.md", "one source for several suites"},
	{"sources/connections.md", "time limits, versions of HTTP, proxies, other addresses, rate limits"},
	{"sources/tls.md", "authorities, client certificates, pins"},
	{"sources/redirects.md", "which redirects are followed"},
	{"sources/origins.md", "what is sent where, and never elsewhere"},
	{"sources/cookies.md", "which cookies are kept, and who sends them"},
	{"sources/auth.md", "users and passwords, tokens, API keys, digest, AWS signatures"},
	{"sources/oauth2.md", "the grants, and discovery"},
	{"sources/client-auth.md", "how a client of OAuth 2.0 shows who it is"},
	{"sources/tokens.md", "how tokens are asked for, shared and renewed"},
	{"sources/logging-in.md", "what a person does once, so that runs need nobody"},
	{"sources/tooljet.md", "each field of a REST API data source of ToolJet"},

	{"cli.md", "the commands, and what they have in common"},
	{"cli/init.md", "a first suite, and an API to try it with"},
	{"cli/run.md", "send the queries of suites: the flags"},
	{"cli/running.md", "failures, reports, interrupts, repetitions, watching"},
	{"cli/output.md", "how a run is shown"},
	{"cli/selection.md", "running a part of the suites"},
	{"cli/shards.md", "sharing a run among machines"},
	{"cli/check.md", "find what is wrong without sending anything, and what a run would touch"},
	{"cli/fmt.md", "put the keys of suites into the documented order"},
	{"cli/list.md", "show what a run would send, and in which order"},
	{"cli/report.md", "make a report from that of an earlier run"},
	{"cli/login.md", "log in for a suite, and forget the login"},
	{"cli/editors.md", "the JSON Schemas with which editors complete and explain"},
	{"cli/completion.md", "of commands, flags, and names in suites"},
	{"cli/exit-codes.md", "what each of them says"},
	{"cli/environment.md", "those that apicel reads"},

	{"reports.md", "the formats of reports, and who reads them"},
	{"reports/json.md", "every field of it"},

	{"ci.md", "GitHub, GitLab, Jenkins, CircleCI, Azure, pre-commit, Kubernetes, the container"},
	{"go.md", "the package `apiceltest`"},
	{"migrating.md", "the same test in Hurl, Postman, Bruno, runn, venom, ToolJet, and here"},
	{"reliability.md", "what holds when networks, servers and people do not"},
	{"performance.md", "what is measured"},
	{"architecture.md", "how apicel is built"},
	{"licences.md", "of what is in the program"},
}

// Topic is the name by which apicel help knows the page.
func (p Page) Topic() string { return strings.TrimSuffix(path.Base(p.Path), ".md") }

// Part is the topic of the page that opens the part which the page belongs to; a
// page that belongs to none is a part of its own.
func (p Page) Part() string {
	part, _, _ := strings.Cut(strings.TrimSuffix(p.Path, ".md"), "/")
	return part
}

// Find returns the page of that topic; the words of its name may be apart.
func Find(words []string) (Page, bool) {
	topic := strings.ToLower(strings.Join(words, "-"))
	for _, p := range Pages {
		if p.Topic() == topic {
			return p, true
		}
	}
	return Page{}, false
}

// Text returns the page in Markdown, without the marks of generated parts. Links
// to other pages say how a terminal shows them. It is empty where there is no such page.
func (p Page) Text() string {
	data, err := pages.ReadFile(p.Path)
	if err != nil {
		return ""
	}
	var out strings.Builder
	for i, part := range strings.Split(string(data), fence) {
		if i%2 == 1 { // what is written as code stays as it is
			out.WriteString(fence + part + fence)
			continue
		}
		out.WriteString(p.prose(part))
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

const fence = "```"

var (
	mark = regexp.MustCompile(`(?m)^<!--.*-->\n+`)
	link = regexp.MustCompile(`\[([^\]]+)\]\(([^)\s]+)\)`)
)

// prose is text of the page that is no code, as a terminal shows it.
func (p Page) prose(text string) string {
	return link.ReplaceAllStringFunc(mark.ReplaceAllString(text, ""), func(whole string) string {
		m := link.FindStringSubmatch(whole)
		target, anchor, _ := strings.Cut(m[2], "#")
		switch {
		case target == "":
			return m[1]
		case strings.Contains(target, "://"):
			return whole
		}
		target = path.Join(path.Dir(p.Path), target)
		for _, other := range Pages {
			if other.Path == target {
				return m[1] + " (apicel help " + other.Topic() + ")"
			}
		}
		if anchor != "" {
			anchor = "#" + anchor
		}
		return "[" + m[1] + "](" + site + path.Join("docs", target) + anchor + ")"
	})
}

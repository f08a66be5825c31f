// Package docs holds the documentation, so that the program can show in the
// terminal what the site shows, in the same words.
package docs

import (
	"embed"
	"strings"
)

//go:embed *.md
var pages embed.FS

// Topic is a part of the documentation that apicel help shows.
type Topic struct {
	Name string
	// Doc is what it is about, in a few words.
	Doc string
	// Page is the file, Section the heading of the part of it, "" for all of it.
	Page, Section string
}

// Topics are the topics there are, in the order in which one meets them.
var Topics = []Topic{
	{"start", "the first ten minutes", "getting-started.md", ""},
	{"language", "the suite language, all of it", "language.md", ""},
	{"scalars", "what text, numbers and dates mean in a suite", "language.md", "## Scalars mean what they say"},
	{"expressions", "${…} and CEL, and what they may read", "language.md", "## Expressions"},
	{"functions", "the functions of expressions", "language.md", "### Functions"},
	{"query", "the keys of a query", "language.md", "## A query"},
	{"body", "the kinds of bodies", "language.md", "### Body"},
	{"each", "one query for many rows", "language.md", "### Each"},
	{"retry", "sending again what failed for a moment", "language.md", "### Retry"},
	{"poll", "waiting until something has happened", "language.md", "### Poll"},
	{"expect", "the checks", "language.md", "## Expect"},
	{"matchers", "the matchers of checks", "language.md", "### Matchers"},
	{"capture", "values for later queries", "language.md", "## Capture"},
	{"order", "what runs together and what waits", "language.md", "## Order"},
	{"limits", "how large things may be", "language.md", "## Limits"},
	{"sources", "authentication, TLS, proxies", "sources.md", ""},
	{"inputs", "where vars and secrets come from", "cli.md", "## Inputs"},
	{"exit-codes", "the exit codes of the commands", "cli.md", "## Exit codes"},
	{"environment", "the environment variables", "cli.md", "## Environment variables"},
	{"reports", "the formats of --report", "reports.md", ""},
	{"ci", "apicel in CI systems", "ci.md", ""},
	{"go", "suites in go test", "go.md", ""},
	{"migrating", "from Hurl, Postman, Bruno, runn, venom and ToolJet", "migrating.md", ""},
}

// Find returns the topic of that name; the words of a name may be apart.
func Find(words []string) (Topic, bool) {
	name := strings.ToLower(strings.Join(words, "-"))
	for _, t := range Topics {
		if t.Name == name {
			return t, true
		}
	}
	return Topic{}, false
}

// Text returns the topic's part of its page as it is written there, in Markdown,
// without the marks of generated parts. It is empty where the page has no such part.
func (t Topic) Text() string {
	data, err := pages.ReadFile(t.Page)
	if err != nil {
		return ""
	}
	var out strings.Builder
	inside, code := t.Section == "", false
	for line := range strings.SplitAfterSeq(string(data), "\n") {
		text := strings.TrimRight(line, "\n")
		if strings.HasPrefix(text, "```") {
			code = !code
		}
		if !code && strings.HasPrefix(text, "#") && t.Section != "" {
			inside = text == t.Section || inside && level(text) > level(t.Section)
		}
		if inside && (code || !strings.HasPrefix(text, "<!--")) {
			out.WriteString(line)
		}
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

// level is the number of # that a heading begins with.
func level(heading string) int { return len(heading) - len(strings.TrimLeft(heading, "#")) }

package docs

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the contents and the last lines of pages anew")

// maxLines is how long a page may be.
const maxLines = 250

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// title is the heading that a page begins with.
func title(t *testing.T, page string) string {
	t.Helper()
	first, _, _ := strings.Cut(read(t, page), "\n")
	text, ok := strings.CutPrefix(first, "# ")
	if !ok {
		t.Fatalf("%s begins with %q, expected a title", page, first)
	}
	return text
}

// TestPages says that the list of pages has every file, each under a topic of its own.
func TestPages(t *testing.T) {
	var listed []string
	topics := map[string]string{}
	for _, p := range Pages {
		listed = append(listed, p.Path)
		if other := topics[p.Topic()]; other != "" {
			t.Errorf("%s and %s have the same topic", other, p.Path)
		}
		topics[p.Topic()] = p.Path
	}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		path = filepath.ToSlash(path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && path == "decisions":
			return fs.SkipDir
		case strings.HasSuffix(path, ".md") && path != "README.md" && !slices.Contains(listed, path):
			t.Errorf("Pages lacks %s", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestShortPages says that no page is long, and that each says what it is for
// before it does anything else.
func TestShortPages(t *testing.T) {
	for _, p := range Pages {
		lines := strings.Split(read(t, p.Path), "\n")
		if len(lines) > maxLines {
			t.Errorf("%s has %d lines, at most %d are a page; split it", p.Path, len(lines), maxLines)
		}
		if len(lines) < 3 || !regexp.MustCompile("^([A-Z`]|apicel )").MatchString(lines[2]) || strings.HasPrefix(lines[2], fence) {
			t.Errorf("%s begins with %q, expected a sentence on what it is for", p.Path, lines[2])
		}
	}
}

// contents are generated: all pages in README.md, those of a part in the page
// that opens it.
var contents = regexp.MustCompile(`(?s)<!-- contents(?: of (\w+))? -->\n.*?<!-- end of contents -->`)

// TestContents keeps the tables of contents in step with the list of pages.
func TestContents(t *testing.T) {
	parts := map[string]int{"": len(Pages)}
	for _, p := range Pages {
		if p.Part() != p.Topic() {
			parts[p.Part()]++
		}
	}
	for part, size := range parts {
		page := "README.md"
		if part != "" {
			page = part + ".md"
		}
		found := 0
		inStep(t, page, func(text string) string {
			return contents.ReplaceAllStringFunc(text, func(section string) string {
				if contents.FindStringSubmatch(section)[1] != part {
					t.Errorf("%s has the contents of another page", page)
				}
				found++
				head, _, _ := strings.Cut(section, "\n")
				return head + "\n\n" + contentsOf(t, part) + "\n<!-- end of contents -->"
			})
		})
		if found != 1 && size > 1 {
			t.Errorf("%s has %d contents, expected one", page, found)
		}
	}
}

// contentsOf lists the pages of a part, or of the book where it is "".
func contentsOf(t *testing.T, part string) string {
	var b strings.Builder
	if part != "" {
		b.WriteString("| page | |\n| --- | --- |\n")
	}
	for _, p := range Pages {
		entry := fmt.Sprintf("[%s](%s)", title(t, p.Path), p.Path)
		switch {
		case part == "" && p.Part() == p.Topic():
			fmt.Fprintf(&b, "- %s: %s\n", entry, p.Doc)
		case part == "":
			fmt.Fprintf(&b, "  - %s: %s\n", entry, p.Doc)
		case p.Part() == part && p.Topic() != part:
			fmt.Fprintf(&b, "| %s | %s |\n", entry, p.Doc)
		}
	}
	return b.String()
}

var onward = regexp.MustCompile(`\n(?:Next: |Back to the )\[[^\]]*\]\([^)]*\)\.\n$`)

// TestNext says that each page ends with a link to the next, and the last with one
// to the contents.
func TestNext(t *testing.T) {
	for i, p := range Pages {
		up := strings.Repeat("../", strings.Count(p.Path, "/"))
		want := fmt.Sprintf("\nBack to the [contents](%sREADME.md).\n", up)
		if i+1 < len(Pages) {
			next := Pages[i+1].Path
			relative, err := filepath.Rel(filepath.Dir(p.Path), next)
			if err != nil {
				t.Fatal(err)
			}
			want = fmt.Sprintf("\nNext: [%s](%s).\n", title(t, next), filepath.ToSlash(relative))
		}
		inStep(t, p.Path, func(text string) string {
			return strings.TrimRight(onward.ReplaceAllString(text, ""), "\n") + "\n" + want
		})
	}
}

// inStep fails, or with -update rewrites the page, where it is not as the function
// makes it.
func inStep(t *testing.T, page string, should func(text string) string) {
	t.Helper()
	text := read(t, page)
	want := should(text)
	switch {
	case text == want:
	case !*update:
		t.Errorf("%s is not in step with the list of pages; run go test ./docs -update", page)
	default:
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFind(t *testing.T) {
	if page, ok := Find([]string{"Exit", "codes"}); !ok || page.Path != "cli/exit-codes.md" {
		t.Errorf("found %+v", page)
	}
	if _, ok := Find([]string{"nothing"}); ok {
		t.Error("found what there is not")
	}
}

// TestText says that a terminal is shown all of a page but the marks of generated
// parts, and no link that leads nowhere there.
func TestText(t *testing.T) {
	for _, p := range Pages {
		text := p.Text()
		if strings.Contains(text, "\n<!--") || !strings.HasPrefix(text, "# "+title(t, p.Path)+"\n") {
			t.Errorf("%s is shown as\n%.200s", p.Path, text)
		}
		for _, block := range fenced.FindAllString(read(t, p.Path), -1) {
			if !strings.Contains(text, block) {
				t.Errorf("%s is shown without or with another\n%s", p.Path, block)
			}
		}
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			if !strings.Contains(m[2], "://") {
				t.Errorf("%s shows a link to %s", p.Path, m[2])
			}
		}
	}
	got := Page{Path: "language/order.md"}.prose("Read [this](limits.md#top), [that](#here), [why](../decisions/003-stopping.md) and [all](https://cel.dev).\n")
	want := "Read this (apicel help limits), that, [why](" + site + "docs/decisions/003-stopping.md) and [all](https://cel.dev).\n"
	if got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestTopics(t *testing.T) {
	for _, topic := range Topics {
		text := topic.Text()
		if len(text) < 200 || topic.Section != "" && !strings.HasPrefix(text, topic.Section+"\n") {
			t.Errorf("%s: %s has no part %q", topic.Name, topic.Page, topic.Section)
		}
	}
	if topic, ok := Find([]string{"Exit", "codes"}); !ok || topic.Name != "exit-codes" || strings.Contains(topic.Text(), "## Inputs") {
		t.Errorf("found %+v", topic)
	}
	if _, ok := Find([]string{"nothing"}); ok {
		t.Error("found what there is not")
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fenced  = regexp.MustCompile("(?s)```.*?```")
	notSlug = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// TestLinks says that what the pages link to is there: files, and headings of pages.
func TestLinks(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../README.md") {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(fenced.ReplaceAll(data, nil)), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
				continue
			}
			if anchor != "" && !headings(t, file)[anchor] {
				t.Errorf("%s links to %s, which has no such heading", page, m[1])
			}
		}
	}
}

// headings are the anchors that GitHub gives the headings of a page.
func headings(t *testing.T, file string) map[string]bool {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for line := range strings.Lines(string(fenced.ReplaceAll(data, nil))) {
		if strings.HasPrefix(line, "#") {
			text := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
			all[strings.ReplaceAll(notSlug.ReplaceAllString(text, ""), " ", "-")] = true
		}
	}
	return all
}

// TestIndex says that the index of the book names every page.
func TestIndex(t *testing.T) {
	index, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if page != "README.md" && !strings.Contains(string(index), "]("+page+")") {
			t.Errorf("README.md does not name %s", page)
		}
	}
}

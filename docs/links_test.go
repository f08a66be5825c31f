package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	fenced  = regexp.MustCompile("(?s)```.*?```")
	inCode  = regexp.MustCompile("`[^`\n]*`")
	notSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	// mention is a page that code, a script or a message names.
	mention = regexp.MustCompile(`\bdocs/[A-Za-z0-9_/.-]*\.(?:md|ya?ml)\b(?:#[a-z0-9_-]+)?`)
)

// TestLinks says that what Markdown files link to is there: files, and headings
// of pages.
func TestLinks(t *testing.T) {
	links := 0
	for _, page := range repository(t, ".md") {
		text := inCode.ReplaceAllString(fenced.ReplaceAllString(read(t, page), ""), "`")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[2], "://") {
				continue
			}
			links++
			target, anchor, _ := strings.Cut(m[2], "#")
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), target)
			}
			tryTarget(t, page, m[2], file, anchor)
		}
	}
	if links < 100 {
		t.Errorf("found only %d links", links)
	}
}

// TestMentions says the same of the pages that comments, scripts and messages name.
func TestMentions(t *testing.T) {
	mentions := 0
	for _, file := range repository(t, ".go", ".md", ".yaml", ".yml", ".txtar", ".json", ".html", "/run") {
		text := read(t, file)
		if !strings.Contains(text, "docs/") {
			continue // most files, which a regular expression takes long for
		}
		for _, found := range mention.FindAllString(text, -1) {
			mentions++
			target, anchor, _ := strings.Cut(found, "#")
			tryTarget(t, file, found, filepath.Join("..", target), anchor)
		}
	}
	if mentions < 10 {
		t.Errorf("found only %d pages that are named", mentions)
	}
}

func tryTarget(t *testing.T, from, shown, file, anchor string) {
	t.Helper()
	if _, err := os.Stat(file); err != nil {
		t.Errorf("%s names %s, which is not there", from, shown)
	} else if anchor != "" && !headings(t, file)[anchor] {
		t.Errorf("%s names %s, which has no such heading", from, shown)
	}
}

// repository lists the files of the repository whose names end so. Their paths
// are relative to this folder.
func repository(t *testing.T, endings ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "dist" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		for _, ending := range endings {
			if strings.HasSuffix(filepath.ToSlash(path), ending) {
				found = append(found, path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// headings are the anchors that GitHub gives the headings of a page. Two of one
// text would have another anchor each, which nobody can know by looking.
func headings(t *testing.T, file string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for line := range strings.Lines(fenced.ReplaceAllString(read(t, file), "")) {
		if !strings.HasPrefix(line, "#") {
			continue
		}
		text := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
		anchor := strings.ReplaceAll(notSlug.ReplaceAllString(text, ""), " ", "-")
		if all[anchor] {
			t.Errorf("%s has two headings that are %q", file, anchor)
		}
		all[anchor] = true
	}
	return all
}

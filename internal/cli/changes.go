package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// settleTime is how long nothing must change before what changed is looked at: editors
	// write a file in several steps, and a checkout writes many.
	settleTime = 100 * time.Millisecond
	// maxSettle is the longest that changes are waited out.
	maxSettle = 2 * time.Second
)

// stamp is what tells one state of a file from another.
type stamp struct {
	exists bool
	size   int64
	time   time.Time
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{true, info.Size(), info.ModTime()}
}

// changes finds out which of some files have changed. It watches their folders
// rather than the files, since many editors put a new file in the place of the old
// one, and compares what is there with what was, so that it does not matter how
// a system tells of changes.
type changes struct {
	watcher *fsnotify.Watcher
	warn    func(format string, args ...any)
	folders map[string]bool
	stamps  map[string]stamp
}

func newChanges(warn func(format string, args ...any)) (*changes, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return &changes{watcher: w, warn: warn, folders: map[string]bool{}, stamps: map[string]stamp{}}, nil
}

func (c *changes) close() { _ = c.watcher.Close() }

// know makes the state in which the files are now the one that is known.
func (c *changes) know(paths []string) {
	for _, path := range paths {
		c.stamps[path] = stampOf(path)
		c.folder(filepath.Dir(path))
	}
}

// meet adds files that were read since a time. Those that changed after it count as changed.
func (c *changes) meet(paths []string, since time.Time) {
	for _, path := range paths {
		if _, known := c.stamps[path]; known {
			continue
		}
		now := stampOf(path)
		if now.time.After(since) {
			now = stamp{}
		}
		c.stamps[path] = now
		c.folder(filepath.Dir(path))
	}
}

// folder watches a folder, or where it is missing the nearest above it.
func (c *changes) folder(dir string) {
	for !c.folders[dir] {
		err := c.watcher.Add(dir)
		if err == nil {
			c.folders[dir] = true
			return
		}
		if up := filepath.Dir(dir); errors.Is(err, fs.ErrNotExist) && up != dir {
			dir = up
			continue
		}
		c.warn("warning: changes in %s are not seen: %v", dir, err)
		c.folders[dir] = true
	}
}

// tree watches a folder and those below it in which suites are looked for.
func (c *changes) tree(dir string) {
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || !entry.IsDir():
			return nil //nolint:nilerr // what cannot be read is said by whoever reads it
		case path != dir && strings.ContainsAny(entry.Name()[:1], "._"):
			return fs.SkipDir
		}
		c.folder(path)
		return nil
	})
}

// changed returns the files whose state is not the one that is known, which it
// then is.
func (c *changes) changed() map[string]bool {
	found := map[string]bool{}
	for path, was := range c.stamps {
		c.folder(filepath.Dir(path)) // it may have gone and come back
		if now := stampOf(path); now != was {
			found[path] = true
			c.stamps[path] = now
		}
	}
	return found
}

// wait returns when something in the folders has changed and has come to rest, or
// when ctx ends.
func (c *changes) wait(ctx context.Context) {
	var rest, limit <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-rest:
			return
		case <-limit:
			return
		case event, ok := <-c.watcher.Events:
			if !ok {
				return
			}
			if event.Op == fsnotify.Chmod {
				continue
			}
			if event.Has(fsnotify.Remove) || event.Has(fsnotify.Rename) {
				delete(c.folders, event.Name) // to be watched again where it comes back
			}
			rest = time.After(settleTime)
			if limit == nil {
				limit = time.After(maxSettle)
			}
		case _, ok := <-c.watcher.Errors: // an overflow: look at everything
			if !ok {
				return
			}
			rest = time.After(settleTime)
		}
	}
}

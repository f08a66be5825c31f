package spec

import (
	"slices"
	"testing"
)

// TestUnread says that what could not be read is handed out by its name only.
func TestUnread(t *testing.T) {
	s := parse("vars: {a: 1, b: 0x1, 0c: 1}\nsecrets: {a: {}, b: {file: [1]}, c: {env: C}, d: {env: \"\"}}\n" +
		minimal + "    capture: {a: id, b: {gjson: [1]}, c: {}}\n")
	if len(s.Vars) != 1 || len(s.Secrets) != 1 || s.Secrets[0].Name.Value != "c" {
		t.Errorf("read %v and %v", s.Vars, s.Secrets)
	}
	if c := s.Queries[0].Capture; len(c) != 1 || c[0].Name.Value != "a" {
		t.Errorf("captures %v", c)
	}
	if !slices.Equal(s.Unread.Vars, []string{"b"}) || !slices.Equal(s.Unread.Secrets, []string{"a", "b", "d"}) ||
		!slices.Equal(s.Unread.Captures, []string{"b", "c"}) {
		t.Errorf("unread are %+v", s.Unread)
	}
}

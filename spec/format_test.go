package spec

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// formattable are the suites and source files that have no problems.
func formattable(tb testing.TB) []string {
	names := suites(tb, "testdata/ok")
	for _, pattern := range []string{"testdata/ok/*/source.yaml", "../examples/*.apicel.yaml", "../examples/sources/*.yaml", "../examples/_*/*.yaml", "testdata/format/*.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			tb.Fatalf("%s: %v", pattern, err)
		}
		names = append(names, found...)
	}
	return names
}

// TestFormat holds what is formatted against goldens.
func TestFormat(t *testing.T) {
	names, err := filepath.Glob("testdata/format/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal("no files")
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got := formatted(t, name, data)
		golden := strings.TrimSuffix(name, ".yaml") + ".golden"
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(golden); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, formatted:\n%s", name, err, got)
		}
	}
}

// TestFormatChangesNothing says that all suites at hand mean the same afterwards,
// also with the line ends of Windows and without the last one.
func TestFormatChangesNothing(t *testing.T) {
	for _, name := range formattable(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		unix := formatted(t, name, data)
		windows := formatted(t, name, bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")))
		if !bytes.Equal(bytes.ReplaceAll(windows, []byte("\r\n"), []byte("\n")), unix) || bytes.Count(windows, []byte("\r")) != bytes.Count(windows, []byte("\n")) {
			t.Errorf("%s with CRLF is formatted in another way:\n%q", name, windows)
		}
		if marked := formatted(t, name, slices.Concat([]byte(byteOrderMark), data)); string(marked) != byteOrderMark+string(unix) {
			t.Errorf("%s with a byte order mark is formatted in another way", name)
		}
		formatted(t, name, bytes.TrimRight(data, "\n"))
	}
}

// formatted returns a file formatted, of which it holds that it says what it said.
func formatted(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	got, problems := Format(NewFile(name, data))
	if problems.HasErrors() {
		if s := Parse(NewFile(name, data)); s.Problems.HasErrors() && !strings.Contains(problems[0].Message, "without changing") {
			return data // a suite that shows a mistake
		}
		t.Fatalf("%s: %v", name, problems[0])
	}
	again, problems := Format(NewFile(name, got))
	if len(problems) > 0 || !bytes.Equal(again, got) {
		t.Fatalf("%s is formatted twice: %v\n%s\nthen\n%s", name, problems, got, again)
	}
	if a, b := meaning(name, data), meaning(name, got); a != b {
		t.Fatalf("%s means something else:\n%s\nthen\n%s", name, data, got)
	}
	if a, b := allWords(data), allWords(got); !slices.Equal(a, b) {
		t.Fatalf("%s has other text:\n%s\nthen\n%s", name, data, got)
	}
	return got
}

// allWords are the words of a file in alphabetical order, comments included.
func allWords(data []byte) []string {
	text := regexp.MustCompile(`[,{}\[\]\-]`).ReplaceAll(bytes.TrimPrefix(data, []byte(byteOrderMark)), []byte(" $0 "))
	all := strings.Fields(string(text))
	slices.Sort(all)
	return all
}

// meaning writes down all that was read from a file, places excepted.
func meaning(name string, data []byte) string {
	var b strings.Builder
	s, _ := parseSource(NewFile(name, data))
	if s == nil {
		s = Parse(NewFile(name, data))
	}
	describeValue(&b, reflect.ValueOf(s))
	return b.String()
}

func describeValue(b *strings.Builder, v reflect.Value) {
	switch v.Type() {
	case reflect.TypeFor[Pos](), reflect.TypeFor[Lines](), reflect.TypeFor[*File](), reflect.TypeFor[[]offset](), reflect.TypeFor[Problems]():
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		describeValue(b, v.Elem())
	case reflect.Struct:
		b.WriteString("{")
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name == "Lifted" { // keys, in the order of the file
				fmt.Fprint(b, v.Field(i).Len())
				continue
			}
			describeValue(b, v.Field(i))
			b.WriteString(" ")
		}
		b.WriteString("}")
	case reflect.Slice:
		b.WriteString("[")
		for i := range v.Len() {
			describeValue(b, v.Index(i))
			b.WriteString(" ")
		}
		b.WriteString("]")
	case reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	case reflect.Bool:
		fmt.Fprint(b, v.Bool())
	case reflect.Int, reflect.Int64:
		fmt.Fprint(b, v.Int())
	case reflect.Uint8:
		fmt.Fprint(b, v.Uint())
	default:
		panic(v.Type().String())
	}
}

// FuzzFormat holds of any file that can be read that it says the same once it is
// formatted, and that there is nothing left to format.
func FuzzFormat(f *testing.F) {
	for _, name := range formattable(f) {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, problems := Format(NewFile("f.yaml", data)); problems.HasErrors() && !strings.Contains(problems[0].Message, "without changing") {
			return
		}
		formatted(t, "f.yaml", data)
	})
}

// TestFormatOfEditedSuites says the same of suites whose lines somebody moved,
// doubled or put comments between.
func TestFormatOfEditedSuites(t *testing.T) {
	names := formattable(t)
	random := rand.New(rand.NewPCG(1, 2))
	loaded := 0
	for range 400 {
		name := names[random.IntN(len(names))]
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(data), "\n")
		for range 1 + random.IntN(4) {
			lines = edited(lines, random)
		}
		text := []byte(strings.Join(lines, ""))
		if _, problems := Format(NewFile(name, text)); problems.HasErrors() && !strings.Contains(problems[0].Message, "without changing") {
			continue
		}
		loaded++
		formatted(t, name, text)
	}
	if loaded < 100 {
		t.Errorf("only %d suites could be read", loaded)
	}
}

func edited(lines []string, random *rand.Rand) []string {
	at := random.IntN(len(lines))
	indent := strings.Repeat(" ", random.IntN(10))
	switch random.IntN(6) {
	case 0:
		return slices.Insert(lines, at, indent+"# comment\n")
	case 1:
		return slices.Insert(lines, at, "\n")
	case 2:
		return slices.Insert(lines, at, indent+"\n")
	case 3:
		to := random.IntN(len(lines))
		line := lines[at]
		return slices.Insert(slices.Delete(lines, at, at+1), min(to, len(lines)-1), line)
	case 4:
		lines[at] = strings.TrimSuffix(lines[at], "\n") + "  # said of it\n"
	default:
		for i := at; i+1 < len(lines) && i < at+3; i++ { // a block of lines one further
			lines[i], lines[i+1] = lines[i+1], lines[i]
		}
	}
	return lines
}

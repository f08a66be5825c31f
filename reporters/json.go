package reporters

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"github.com/apicel/apicel/runner"
)

// WriteJSON writes the report as indented JSON, the fields in the order of
// [runner.Report]. It holds one query in memory at a time, not the whole text.
// Characters that could steer a terminal or reorder text are written as escapes,
// so that the file can be looked at. It returns the first error of w.
func WriteJSON(w io.Writer, r *runner.Report) error {
	out := bufio.NewWriterSize(w, 64<<10)
	j := &jsonWriter{w: out}
	head := *r
	head.Suites = nil
	j.withList(0, &head, len(r.Suites), func(i int) {
		suite := *r.Suites[i]
		suite.Queries = nil
		j.withList(2, &suite, len(r.Suites[i].Queries), func(k int) {
			j.value(4, r.Suites[i].Queries[k])
		})
	})
	j.write("\n")
	if j.err != nil {
		return j.err
	}
	return out.Flush()
}

// jsonWriter writes values one after another and keeps the first error.
type jsonWriter struct {
	w   *bufio.Writer
	buf bytes.Buffer
	err error
}

const indent = "  "

func indentation(level int) string {
	return string(bytes.Repeat([]byte(indent), level))
}

// withList writes value, the last field of which is a list that is nil, with
// the list that item writes in its place. This is what keeps memory flat: the
// encoder would make the text of all queries before it wrote the first.
func (j *jsonWriter) withList(level int, value any, n int, item func(i int)) {
	text := j.encode(level, value)
	end := "\n" + indentation(level) + "}"
	j.write(string(bytes.TrimSuffix(text, []byte("null"+end))))
	if n == 0 {
		j.write("[]" + end)
		return
	}
	separator := "["
	for i := range n {
		j.write(separator + "\n" + indentation(level+2))
		item(i)
		separator = ","
	}
	j.write("\n" + indentation(level+1) + "]" + end)
}

func (j *jsonWriter) value(level int, v any) {
	j.write(string(j.encode(level, v)))
}

// encode returns the JSON of v, valid until the next call.
func (j *jsonWriter) encode(level int, v any) []byte {
	j.buf.Reset()
	e := json.NewEncoder(&j.buf)
	e.SetEscapeHTML(false) // for people's eyes: bodies are full of < and &
	e.SetIndent(indentation(level), indent)
	if err := e.Encode(v); err != nil && j.err == nil {
		j.err = err
	}
	return pastCI(escaped(bytes.TrimSuffix(j.buf.Bytes(), []byte("\n"))), `\u0023`, `\u003a`)
}

func (j *jsonWriter) write(s string) {
	if j.err == nil {
		_, j.err = j.w.WriteString(s)
	}
}

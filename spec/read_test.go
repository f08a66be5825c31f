package spec

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func everything(t *testing.T) *Suite {
	t.Helper()
	s := Load([]string{"testdata/ok/everything.yaml"}, "testdata")[0]
	if len(s.Problems) > 0 {
		t.Fatal(s.Problems[0])
	}
	return s
}

func (s *Suite) query(t *testing.T, name string) *Query {
	t.Helper()
	for _, q := range slices.Concat(s.Setup, s.Queries, s.Teardown) {
		if q.Name.Value == name {
			return q
		}
	}
	t.Fatalf("no query is named %q", name)
	return nil
}

func TestReadSource(t *testing.T) {
	s := everything(t).Source
	if s.ConnectTimeout.Value != 5*time.Second || s.HTTP.Value != "1.1" || s.MaxResponseSize.Value != 3<<29 {
		t.Errorf("read as %v, %q, %d", s.ConnectTimeout.Value, s.HTTP.Value, s.MaxResponseSize.Value)
	}
	if r := s.Redirects; r == nil || !*r.Follow || *r.Max != 0 {
		t.Errorf("redirects are %+v", r)
	}
	ssl := s.SSL
	if ssl.CACert.Value != "certs/ca.pem" || !strings.HasPrefix(ssl.ClientCert.Value, "-----BEGIN") || ssl.ClientKey.Value != "${secrets.key}" {
		t.Errorf("read as %q, %q, %q", ssl.CACert.Value, ssl.ClientCert.Value, ssl.ClientKey.Value)
	}
	if *ssl.SystemRoots || !*ssl.Verify || ssl.VerifyPos.Line != 29 || ssl.ServerName.Value != "api.example.com" ||
		ssl.MinVersion.Value != "1.3" || len(ssl.PinSHA256) != 2 || !ssl.ClientKeyPassword.IsSet() {
		t.Errorf("read as %+v", ssl)
	}
}

func TestReadBodies(t *testing.T) {
	s := everything(t)
	var parts []string
	multipart := s.query(t, "multipart").Body
	for _, p := range multipart.Multipart {
		kind := "text " + p.Text.Value
		if p.JSON != nil {
			kind = "json"
		} else if p.File.IsSet() {
			kind = "file " + p.File.Value
		}
		parts = append(parts, p.Name.Value+": "+kind+" "+p.Filename.Value+" "+p.ContentType.Value)
	}
	want := []string{
		"title: text a photo  ", "number: text 0042  ", "meta: json  ", "photo: file photo.png ${vars.api}.png image/png",
		"files: file a.txt  ", "files: text b b.txt text/plain; charset=utf-8", "files: text c  ",
	}
	if !multipart.IsMultipart || !slices.Equal(parts, want) {
		t.Errorf("parts are %q", parts)
	}
	if b := s.query(t, "file").Body; b.File.Value != "../files/photo.png" || b.ContentType.Value != "image/png" {
		t.Errorf("read as %+v", b)
	}
	if b := s.query(t, "xml ${row.sku}").Body; !b.XML.HoldsTemplate() {
		t.Errorf("read as %+v", b)
	}
	g := s.query(t, "graphql").Body.GraphQL
	if !strings.HasPrefix(g.Query.Value, "query One(") || g.Variables.Kind != Map || g.Operation.Value != "One" {
		t.Errorf("read as %+v", g)
	}
	if g := s.query(t, "graphql with variables from elsewhere").Body.GraphQL; g.Variables.Kind != Text || g.Operation.IsSet() {
		t.Errorf("read as %+v", g)
	}
	if b := s.query(t, "base64").Body; b.Base64.Value != "/+8B\nAgM=\n" {
		t.Errorf("read as %q", b.Base64.Value)
	}
	if b := s.query(t, "drop").Body; b.JSON == nil || b.JSON.Kind != Null {
		t.Errorf("read as %+v", b)
	}
}

func TestReadEach(t *testing.T) {
	s := everything(t)
	for name, want := range map[string]string{
		"xml ${row.sku}": "csv rows/orders.csv", "graphql": "json rows.json", "base64": "yaml rows.yaml",
		"graphql with variables from elsewhere": "jsonl rows.jsonl",
	} {
		e := s.query(t, name).Each
		if got := e.Format + " " + e.Path.Value; got != want || e.Rows != nil || e.Expr.IsSet() {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestReadExpect(t *testing.T) {
	s := everything(t)
	if e := s.Expect; e.MaxSize.Text.Value != "${vars.limit}" || e.MaxSize.Value != 0 || e.Schema.Path.Value != "schemas/all.json" {
		t.Errorf("read as %+v", e)
	}
	e := s.query(t, "multipart").Expect
	if e.Snapshot.Path.Value != "snapshots/multipart.json" || e.Schema.Inline.Kind != Map || e.Schema.Path.IsSet() {
		t.Errorf("read as %+v", e)
	}
	// A null lifts what the suite's expect says of the cookie.
	if c := e.Cookies[0]; c.Subject.Value != "sid" || c.Matcher.Literal.Kind != Null {
		t.Errorf("read as %+v", c)
	}
	e = s.query(t, "xml ${row.sku}").Expect
	if len(e.XPath) != 3 || e.XPath[0].Matcher.Literal.Scalar.Value != "${row.sku}" || len(e.Snapshot.Ignore) != 2 {
		t.Errorf("read as %+v", e)
	}
	if e := s.query(t, "rest").Expect; e.MaxSize.Value != 512 {
		t.Errorf("read as %+v", e.MaxSize)
	}
	var lifted []string
	for _, l := range s.query(t, "text").Expect.Lifted {
		lifted = append(lifted, l.Value)
	}
	if !slices.Equal(lifted, []string{"cookies", "max_size", "schema"}) {
		t.Errorf("lifted are %v", lifted)
	}
}

func TestReadCaptures(t *testing.T) {
	var got []string
	for _, c := range everything(t).query(t, "multipart").Capture {
		got = append(got, strings.Join([]string{c.Name.Value, c.GJSON.Value, c.Header.Value, c.Cookie.Value, c.XPath.Value, c.CEL.Value, c.Regex.Value}, "|"))
	}
	want := []string{
		"sid|||sid|||", `title||||//title/text()||^(\w+)`, `token||||||token=(\w+)`, `etag||ETag||||"(.*)"`,
		"number|||||body.id|[0-9]+", "id|id|||||",
	}
	if !slices.Equal(got, want) {
		t.Errorf("captures are %q", got)
	}
}

// TestSchemaIsData says that what looks like an expression in a schema is none.
func TestSchemaIsData(t *testing.T) {
	schema := everything(t).query(t, "multipart").Expect.Schema.Inline
	pattern := schema.Members[2].Value.Members[0]
	if pattern.Key.Value != "^${" || pattern.Value.Members[0].Value.Scalar.Value != "${not.an.expression}" {
		t.Errorf("read as %+v", pattern)
	}
	s := parse(minimal + "    expect:\n      schema: {a: 1}\n      json: {\"${a}\": 1}\n")
	if len(s.Problems) != 1 || !strings.Contains(s.Problems[0].Message, "not evaluated in keys") {
		t.Errorf("after a schema: %v", s.Problems)
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"1B": 1, "512B": 512, "10kB": 10_000, "64MiB": 64 << 20, "1GiB": 1 << 30, "1.5MiB": 3 << 19, "2.3kB": 2300, "0.5KiB": 512,
		"1TB": 1e12, "1024TiB": 1 << 50, "1.1MiB": 1153434, "007MB": 7e6,
	} {
		if got, err := ParseSize(text); got != want || err != nil {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"": "is not a size", "5": "write 5B", "-1B": "negative", "0B": "less than one byte", "0.1B": "less than one byte",
		"1 kB": "write 1kB", "1KB": "write 1kB", "1k": "write 1kB", "1Mi": "write 1MiB", "1mib": "write 1MiB", "1 m": "write 1MB",
		"1kb ": "is not a size", "1.B": "is not a size", ".5kB": "is not a size", "+1B": "is not a size", "1e3B": "is not a size", "1PB": "not a unit",
		"1025TiB": "too large", "1,5MB": "is not a size", "0x1B": "is not a size", strings.Repeat("9", 1<<20) + "B": "is not a size",
		strings.Repeat("9", 18) + "TiB": "too large", "1" + strings.Repeat("x", 1000): "is not a unit",
	} {
		got, err := ParseSize(text)
		if got != 0 || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50q: %d, %v; want %q", text, got, err, want)
			continue
		}
		if len(err.Error()) > 200 {
			t.Errorf("%.50q: the message has %d bytes", text, len(err.Error()))
		}
	}
}

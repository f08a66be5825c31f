package expr

import (
	"net/http"
	"testing"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/spec"
)

func TestLinks(t *testing.T) {
	c := newTestCompiler(t)
	const next = `links.next`
	for _, tt := range []struct {
		headers    []string
		text, want string
	}{
		{[]string{`<https://other.test/a?page=2>; rel="next"`}, next, `https://other.test/a?page=2`},
		{[]string{`</a?ids=1,2;3>; rel=next, <?page=9>; rel=last`}, next + ` + " " + links.last`, `http://localhost/a?ids=1,2;3 http://localhost/v1/orders?page=9`},
		{[]string{`<b>; rel="prev Next"`}, next + ` + " " + links["PREV"]`, `http://localhost/v1/b http://localhost/v1/b`},
		{[]string{`<//other.test/x>;REL=next`}, next, `http://other.test/x`},
		{[]string{`<a>; title="a, <b>; rel=\"prev\""; rel=next`}, next, `http://localhost/v1/a`},
		{[]string{`<a>;rel=first,<b>`, ` , <c> ; foo ; rel = next ;`}, next, `http://localhost/v1/c`},
		{[]string{`<a>; rel=first; rel=next, <b>; rel=next, <c>; rel=next`}, next, `http://localhost/v1/b`},
		{[]string{`<a>; rel=next; anchor="/other", <b>; rel=next`}, next, `http://localhost/v1/b`},
		{[]string{`<a>; rel=next; anchor=""`}, next, `http://localhost/v1/a`},
		{[]string{`<a>; rel=next; anchor="#part"`}, `has(links.next)`, `false`},
		{[]string{`<a>; rev=next, <b>; title*=UTF-8''x; rel=other`}, `links.transformList(k, v, k)`, `["other"]`},
		{[]string{`<a>; rel="https://example.test/Rel"`}, `links["https://example.test/rel"]`, `http://localhost/v1/a`},
		{[]string{`<>; rel=self`}, `links.self`, `http://localhost/v1/orders?page=1`},
		{[]string{`<http://[bad>; rel=next`}, next, `http://[bad`},
		{[]string{`garbage <a>; rel=next`}, `links`, `{}`},
		{[]string{`<a; rel=next`}, `links`, `{}`},
		{[]string{`<a>; rel="next`}, next, `http://localhost/v1/a`},
		{nil, `links.location`, `http://localhost/v1/made/1`},
		{[]string{`<a>; rel=location`}, `links.Location`, `http://localhost/v1/made/1`},
		{nil, next, `1:7: the answer has no link "next" [it has location]`},
		{[]string{`<a>; rel=next`}, `links.nxt`, `1:7: the answer has no link "nxt" [did you mean "next"? it has location, next]`},
		{nil, `"LOCATION" in links && links.?next.orValue("end") == "end"`, `true`},
	} {
		a := &Activation{Response: &exchange.Response{URL: "http://localhost/v1/orders?page=1", Header: http.Header{"Link": tt.headers}}}
		if tt.text != `links` && tt.text != `links.transformList(k, v, k)` {
			a.Response.Header["Location"] = []string{"made/1"}
		}
		if got := outcome(t, c, a, spec.ScopeCheck, tt.text); got != tt.want {
			t.Errorf("%q: %s\n got %s\nwant %s", tt.headers, tt.text, got, tt.want)
		}
	}
}

package source

import (
	"strings"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/secret"
)

// proof is what a scheme made of a secret for one request: a digest, a
// signature. Whoever reads it could try passwords on it, or send the request
// again.
type proof struct{ name, value string }

// proves notes a proof that the attempt sends.
func (a *attempt) proves(name, value string) {
	if value != "" {
		a.proofs = append(a.proofs, proof{name, value})
	}
}

// learnEchoes tells of the attempt's proofs that came back, so that they are
// masked wherever the answer is shown or its captures go. The others are not
// told of: there is one for each request, and what is known is looked for in
// every text. Of an answer that is not whole nobody knows what came back.
func (a *attempt) learnEchoes(answer *exchange.Response, err error) {
	if len(a.proofs) == 0 {
		return
	}
	echoed := func(proof) bool { return true }
	if answer != nil && err == nil {
		echoed = func(p proof) bool {
			r := secret.NewRedactor()
			r.Add(p.name, p.value)
			return isIn(r, answer)
		}
	}
	for _, p := range a.proofs {
		if echoed(p) {
			a.client.options.learn(p.name, p.value)
		}
	}
}

// isIn looks for what the redactor knows in all of an answer that may be shown.
func isIn(r *secret.Redactor, answer *exchange.Response) bool {
	found := func(text string) bool { _, ok := r.Find(text); return ok }
	if found(string(answer.Body)) || found(answer.URL) || found(strings.Join(answer.Redirects, "\n")) {
		return true
	}
	for name, values := range answer.Header {
		if found(name) || found(strings.Join(values, "\n")) {
			return true
		}
	}
	for _, c := range answer.Cookies {
		if found(c.Name) || found(c.Value) {
			return true
		}
	}
	return false
}

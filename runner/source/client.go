package source

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/apicel/apicel/internal/exchange"
)

// Client sends requests of one source. Its methods may be called by several
// goroutines at once.
type Client struct {
	config    Config
	base      base
	userAgent string
	// plainHeader are the headers of requests that have none of their own.
	plainHeader http.Header
	tls         *material
	options     Options
	lanes       *byLane
	once        http.RoundTripper // one hop, no redirect followed
	schemes     schemes
	tokens      tokenCache
}

func newClient(config Config, o Options, conns *connections) (*Client, error) {
	b, err := parseBase(config.BaseURL)
	if err != nil {
		return nil, err
	}
	if err := CheckHTTP(config.BaseURL, config.HTTP); err != nil {
		return nil, err
	}
	m, wrong := config.TLS.material()
	if len(wrong) > 0 {
		return nil, badRequest("ssl: %s", wrong[0].Message).hint("%s", wrong[0].Hint)
	}
	way, unusable := newWay(config, o, conns)
	if unusable != nil {
		return nil, unusable
	}
	if err := o.Hosts.checkWay(way, config); err != nil {
		return nil, err
	}
	lanes := newLanes(config, m, b, way, o)
	return &Client{
		config:      config,
		base:        b,
		userAgent:   o.UserAgent,
		plainHeader: plainHeader(o.UserAgent),
		tls:         m,
		options:     o,
		lanes:       lanes,
		once:        authenticated{onceOnly{lanes}},
	}, nil
}

// Do sends the request and reads the answer: one attempt, redirects followed,
// within its time limit. What is asked for a credential is sent again, and what
// had a token that is good no more: see Auth. It returns the first hop's request
// as it was sent, with its credential, nil where it could not be built; the
// answer; and the cookies that any hop set, or nil.
//
// The error is an *Error. A request that was sent is returned with it, and so
// are the cookies; one whose credential never came was not sent. On an error of the body the answer's head is returned too,
// with the beginning of the body, as far as it could be read: judge the error
// first. A context that ends by its deadline is an error of the kind timeout, one
// that is cancelled of the kind interrupted; a cause that the caller gave it
// begins the message.
func (c *Client) Do(ctx context.Context, r *Request) (*exchange.Request, *exchange.Response, *Cookies, error) {
	start := time.Now()
	a, err := c.newAttempt(r)
	if err != nil {
		return nil, nil, nil, err
	}
	first, stop, err := a.begin(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	defer stop()
	if a.scheme == nil { // what has one is sent as the scheme signs it, if it is
		a.wasSent(first)
	}
	answer, err := a.roundTrip(first)
	if answer != nil {
		answer.Duration = time.Since(start)
	}
	a.learnEchoes(answer, err)
	return a.shown, answer, a.received, err
}

// roundTrip returns an *Error as error, so that nil stays nil.
func (a *attempt) roundTrip(first *http.Request) (*exchange.Response, error) {
	resp, err := a.send(first)
	if err != nil {
		return nil, a.explain(first.Context(), err)
	}
	defer func() { _ = resp.Body.Close() }()
	a.collect(resp)
	answer := &exchange.Response{
		Status:    resp.StatusCode,
		Proto:     protoText(resp.Proto),
		Received:  time.Now(),
		Header:    resp.Header,
		URL:       resp.Request.URL.String(),
		Redirects: a.redirects,
		Cookies:   a.set,
		TLS:       describeTLS(resp.TLS),
	}
	switch code := resp.StatusCode; {
	case code == http.StatusSwitchingProtocols:
		return answer, badResponse("the answer is 101 Switching Protocols, which was not asked for")
	case code < 100: // net/http lets any three digits through
		return answer, badResponse("the answer's status is %03d, expected 100 to 599", code)
	}
	a.trace.enter(phaseBody)
	answer.Body, answer.Size, err = readBody(resp, a.client.config.MaxResponseSize, &a.trace.bodyBytes)
	answer.Timing = a.trace.timing(time.Now())
	if err != nil {
		return answer, a.explain(first.Context(), err)
	}
	if isPlainToTLS(resp, answer.Body) {
		return answer, answersHTTPS(a.trace.host())
	}
	return answer, nil
}

// send returns the answer that ends the chain of redirects. net/http's client
// comes in where there is one to follow.
func (a *attempt) send(first *http.Request) (*http.Response, error) {
	resp, err := a.client.once.RoundTrip(first)
	if err != nil || a.request.NoRedirects || !isRedirect(resp.StatusCode) {
		return resp, err
	}
	hops := redirectsLead{&answered{resp, a.client.once}}
	return (&http.Client{Transport: hops, CheckRedirect: followRedirect}).Do(first)
}

// begin makes the first request of the attempt. The function that it returns
// ends the attempt: its timers, and what is still open of it.
func (a *attempt) begin(ctx context.Context) (*http.Request, func(), error) {
	ctx, stop := a.limit(ctx)
	first, err := http.NewRequestWithContext(ctx, a.method(), "", a.body())
	if err != nil {
		stop()
		return nil, nil, badRequest("the method %q is not valid", a.request.Method)
	}
	first.URL = a.withKey(a.url)
	a.begins(first.URL)
	first.Host = a.host(first.URL)
	first.Header = a.header(first.URL, true)
	first.Close = a.closes()
	return first, stop, nil
}

func (a *attempt) method() string {
	if a.request.Method == "" {
		return http.MethodGet
	}
	return a.request.Method
}

// body is nil where there is none, so that net/http sends no length with a GET
// and the length 0 with a POST.
func (a *attempt) body() io.Reader {
	if len(a.request.Body) == 0 {
		return nil
	}
	return bytes.NewReader(a.request.Body)
}

// wasSent notes a request as the server gets it, if it is the first hop's.
func (a *attempt) wasSent(r *http.Request) {
	if len(a.redirects) > 0 {
		return
	}
	header := r.Header
	own := r.Host != r.URL.Host
	_, agent := header["User-Agent"]
	if own || (agent && header.Get("User-Agent") == "") {
		header = header.Clone()
	}
	if own {
		header.Set("Host", r.Host)
	}
	if header.Get("User-Agent") == "" {
		header.Del("User-Agent") // net/http sends none
	}
	a.shown = &exchange.Request{Method: r.Method, URL: r.URL.String(), Header: header, Body: a.request.Body}
}

package spec

import (
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/apicel/apicel/internal/files"
)

var sourceFields = fields[Source]{
	"base_url":        func(l *loader, s *Source, p place) { s.BaseURL = l.baseURL(p) },
	"headers":         func(l *loader, s *Source, p place) { s.Headers = l.headers(p, false) },
	"params":          func(l *loader, s *Source, p place) { s.Params = l.params(p, false) },
	"cookies":         func(l *loader, s *Source, p place) { s.Cookies = l.cookies(p, false) },
	"timeout":         func(l *loader, s *Source, p place) { s.Timeout = l.duration(p) },
	"auth":            func(l *loader, s *Source, p place) { s.Auth = l.auth(p) },
	"ssl":             func(l *loader, s *Source, p place) { s.SSL = l.ssl(p) },
	"connect_timeout": func(l *loader, s *Source, p place) { s.ConnectTimeout = l.duration(p) },
	"redirects":       func(l *loader, s *Source, p place) { s.Redirects = l.redirects(p) },
	"retry":           func(l *loader, s *Source, p place) { s.Retry = l.retry(p, false) },
	"proxy":           func(l *loader, s *Source, p place) { s.Proxy = l.proxy(p) },
	"unix_socket":     func(l *loader, s *Source, p place) { s.UnixSocket = l.unixSocket(p) },
	"resolve":         func(l *loader, s *Source, p place) { s.Resolve = l.resolve(p) },
	"rate_limit":      func(l *loader, s *Source, p place) { s.RateLimit = l.rate(p) },
	"max_concurrency": func(l *loader, s *Source, p place) { s.MaxConcurrency = l.wholeNumber(p, 1, MaxConcurrency) },
	"http":            func(l *loader, s *Source, p place) { s.HTTP = l.chosen(p, "auto, 1.1, 2 or h2c") },
	"max_response_size": func(l *loader, s *Source, p place) {
		s.MaxResponseSize = l.size(p, MaxResponseSize, "4GiB, because an answer is held in memory")
	},
}

// sourceOrFile reads a source, or the file that one stands in. What else that
// file holds waits in l.sourceFile until the suite's own vars and secrets are known.
func (l *loader) sourceOrFile(p place) *Source {
	if p.node.Kind != yaml.ScalarNode || isNull(p.node) {
		return l.source(p)
	}
	path := l.sourcePath(p)
	switch {
	case !path.IsSet() || l.shapes != nil:
		return nil
	case l.files == nil:
		l.problems.Errorf(path.Pos, "the source stands in another file, and no other files can be read here")
		return nil
	}
	data, err := l.files.Read(l.file.Name, path.Value, MaxFileSize)
	if err != nil {
		l.unreadFile(path, err)
		return nil
	}
	part, problems := parseSource(NewFile(files.Shown(l.file.Name, path.Value), data))
	if part == nil {
		l.problems.Errorf(path.Pos, "%s is a suite, expected a source file", files.Shown(l.file.Name, path.Value)).
			WithHint("a source file has only vars, secrets and source; move the source of that suite into one")
		return nil
	}
	l.sourceFile = part
	l.problems = append(l.problems, problems...)
	return part.Source
}

// sourcePath reads the path of a source file. The commonest mistake is to write
// the URL of the API there.
func (l *loader) sourcePath(p place) String {
	if isURL.MatchString(p.node.Value) && !l.bad[p.node] {
		s := l.scalar(p.node)
		l.problems.Errorf(s.Pos, "\"source\" is a URL, expected a map or the path of a source file").
			WithHint("write source: {base_url: …}, with that URL in quotes")
		return String{}
	}
	return l.filePath(p)
}

var sourceFileFields = fields[Suite]{
	"vars":    func(l *loader, s *Suite, p place) { s.Vars = l.vars(p) },
	"secrets": func(l *loader, s *Suite, p place) { s.Secrets = l.secrets(p) },
	"source":  func(l *loader, s *Suite, p place) { s.Source = l.onlySource(p) },
}

// onlySource reads the source of a source file.
func (l *loader) onlySource(p place) *Source {
	if p.node.Kind == yaml.ScalarNode && !isNull(p.node) {
		l.expected(p, "a map").WithHint("a source file names no other file: write source: {base_url: …}")
		return nil
	}
	return l.source(p)
}

// parseSource reads a source file: the vars, secrets and source of a suite. It
// returns nil where the file is a suite.
func parseSource(file *File) (*Suite, Problems) {
	l := newLoader(file)
	l.of = "a source file"
	part := &Suite{File: l.file}
	root := l.decode()
	if root == nil {
		return part, l.sorted()
	}
	p := place{node: root, name: l.of}
	switch {
	case root.Kind != yaml.MappingNode:
		l.expected(p, "a map").Hint = fileHints[l.of]
	case gives(root, "queries") || gives(root, "setup") || gives(root, "teardown"):
		return nil, nil
	default:
		read(l, p, Table{l.of, SourceFileKeys}, sourceFileFields, part)
	}
	part.Unread = l.unread
	return part, l.sorted()
}

// merge adds to a suite what its source file declares and the suite does not.
func (l *loader) merge(s, part *Suite) {
	ownVars, ownSecrets := slices.Clone(l.unread.Vars), slices.Clone(l.unread.Secrets)
	for _, v := range s.Vars {
		ownVars = append(ownVars, v.Name.Value)
	}
	for _, v := range s.Secrets {
		ownSecrets = append(ownSecrets, v.Name.Value)
	}
	for _, v := range part.Vars {
		if !slices.Contains(ownVars, v.Name.Value) {
			s.Vars = append(s.Vars, v)
		}
	}
	for _, v := range part.Secrets {
		if !slices.Contains(ownSecrets, v.Name.Value) {
			s.Secrets = append(s.Secrets, v)
		}
	}
	l.unread.Vars = append(l.unread.Vars, without(part.Unread.Vars, ownVars)...)
	l.unread.Secrets = append(l.unread.Secrets, without(part.Unread.Secrets, ownSecrets)...)
}

// without returns the names that are not among others.
func without(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(others, n) })
}

func (l *loader) source(p place) *Source {
	s := &Source{Pos: p.key.Pos}
	if !read(l, p, Table{"a source", SourceKeys}, sourceFields, s) {
		return nil
	}
	l.checkHTTP(s)
	l.checkRoute(s, p)
	s.showsCert = showsCert(p)
	l.checkCertificate(s.Auth, s)
	return s
}

// checkHTTP reports a version of HTTP that the base URL cannot have.
func (l *loader) checkHTTP(s *Source) {
	switch {
	case s.HTTP.Value == "h2c" && strings.HasPrefix(s.BaseURL.Value, "https:"):
		l.problems.Errorf(s.HTTP.Pos, "h2c is HTTP/2 without TLS, but the base URL begins with https").
			WithHint("write http: 2")
	case s.HTTP.Value == "2" && strings.HasPrefix(s.BaseURL.Value, "http:"):
		l.problems.Errorf(s.HTTP.Pos, "2 is HTTP/2 over TLS, but the base URL begins with http").
			WithHint("write http: h2c")
	}
}

func (l *loader) baseURL(p place) String {
	s := l.nonEmpty(p, "a URL")
	if !s.IsSet() || holdsTemplate(s.Value) {
		return s
	}
	u, err := url.Parse(s.Value)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		p := l.problems.Errorf(s.Pos, "this is not a URL that requests can be sent to").
			WithHint("write one that begins with http:// or https:// and names a host")
		if from, to, name := foreignTemplate(s.Value); from >= 0 {
			p.Message = shorten(s.Value[from:to]) + " inserts no value here, expected a URL"
			p.Pos, p.Hint = s.At(from), insertHint(name)
		}
	case u.User != nil:
		l.problems.Errorf(s.Pos, "the URL holds a user and password").WithHint("write them as auth: {type: basic, …}")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		l.problems.Errorf(s.Pos, "the base URL has a query or a fragment, expected none").
			WithHint("write query parameters as params")
	default:
		l.checkForeign(s)
	}
	return s
}

var redirectsFields = fields[Redirects]{
	"follow": func(l *loader, r *Redirects, p place) { r.Follow = l.flag(p) },
	"max":    func(l *loader, r *Redirects, p place) { r.Max = l.wholeNumber(p, 0, MaxRedirects) },
}

const (
	// MaxRedirects is the largest `max` of redirects.
	MaxRedirects = 100
	// MaxConcurrency is the largest `max_concurrency`.
	MaxConcurrency = 10000
)

func (l *loader) redirects(p place) *Redirects {
	if p.node.Kind != yaml.MappingNode {
		l.expected(p, "a map").WithHint("write redirects: {follow: false} or redirects: {max: 5}")
		return nil
	}
	r := &Redirects{Pos: p.key.Pos}
	if len(p.node.Content) == 0 {
		l.problems.Errorf(l.at(p), "%s is empty, expected follow or max", p.label())
	}
	read(l, p, Table{"redirects", RedirectsKeys}, redirectsFields, r)
	if r.Follow != nil && !*r.Follow && r.Max != nil && *r.Max > 0 {
		l.problems.Warnf(l.valuePos(p, "max"), `"max" changes nothing, because follow is false`)
	}
	return r
}

// Package spec is the suite language: it turns the YAML a user wrote into a
// typed Suite in which everything that can be wrong knows its place in the file.
//
// [Load] reads files and reports every problem of all of them at once; it
// sends nothing and evaluates no expression. Text that may hold ${ … } and the
// CEL of checks are kept as [String] and compiled later, by package expr.
//
// What the language consists of (keys, matchers, kinds of auth, variables,
// functions) is data in this package: the loader, the compiler and the
// reference are made from the same tables.
package spec

import (
	"slices"
	"time"

	"github.com/apicel/apicel/internal/files"
)

// Suite is one file: a source and the queries that are sent to it.
type Suite struct {
	// File is the file the suite was read from.
	File        *File
	Name        String
	Description String
	Tags        []String
	Vars        []Var
	Secrets     []Secret
	Source      *Source
	Order       Order
	Expect      *Expect
	Setup       []*Query
	Queries     []*Query
	Teardown    []*Query

	// Files says which files the suite may read; nil means none.
	Files *files.Policy

	// Unread are the names of what the suite declares but could not be read.
	// Whoever reads them makes no further mistake.
	Unread Unread

	// Problems are those found while loading. A suite with errors among them
	// may miss any of the fields above and cannot run.
	Problems Problems
}

// Var is a declared input and its default. A default of null makes it required.
type Var struct {
	Name  String
	Value Value
}

// Unread are names that a suite declares with something wrong about them, which
// the problems of the suite say.
type Unread struct{ Vars, Secrets, Captures []string }

// Secret is a declared input that must never be shown. Exactly one of Env (the
// name of an environment variable) and FilePath is set.
type Secret struct {
	Name     String
	Env      String
	FilePath String
}

// Order says which queries wait for others without needing them.
type Order string

// The orders. OrderSafe is the default.
const (
	OrderSafe Order = "safe"
	OrderFile Order = "file"
	OrderFree Order = "free"
)

// Source is the API that a suite talks to.
type Source struct {
	Pos     Pos
	BaseURL String
	Headers []Field
	Params  []Field
	Cookies []Field
	Auth    *Auth
	SSL     *SSL
	// Timeout bounds one attempt, ConnectTimeout a new connection; the zero
	// Duration means the default.
	Timeout        Duration
	ConnectTimeout Duration
	Redirects      *Redirects
	Retry          *Retry // nil sends nothing again
	HTTP           String // auto, 1.1, 2 or h2c; never a template
	Proxy          String
	UnixSocket     String
	Resolve        []Field
	RateLimit      Rate
	// MaxConcurrency is nil where it is not given.
	MaxConcurrency *int
	// MaxResponseSize bounds a body; the zero Size means the default.
	MaxResponseSize Size

	// showsCert tells that ssl has a client certificate.
	showsCert bool
}

// SSL is which certificates are trusted and shown. CACert, ClientCert and
// ClientKey are each the path of a file, relative to the file they stand in, or
// PEM, which begins with "-----BEGIN"; all may be templates.
type SSL struct {
	Pos               Pos
	CACert            String
	ClientCert        String
	ClientKey         String
	ClientKeyPassword String
	// SystemRoots and Verify are nil where they are not given, which means true.
	SystemRoots *bool
	Verify      *bool
	VerifyPos   Pos // of verify's value
	ServerName  String
	MinVersion  String // 1.0 to 1.3; never a template
	PinSHA256   []String
}

// Redirects says whether redirects are followed. Follow is nil where it is not
// given, Max is nil where it is not.
type Redirects struct {
	Pos    Pos
	Follow *bool
	Max    *int
}

// Field is a header, parameter, cookie or form field. A name given with a list
// has several values.
type Field struct {
	Name   String
	Values []String
	// Remove is set where the value is null: the inherited field of this name
	// is not sent.
	Remove bool
}

// Duration is a length of time, written like 500ms, 2s or 1m30s, or as a
// template that gives such a text. The zero Duration stands for a key that was
// not given.
type Duration struct {
	Text String
	// Value is 0 where Text is a template.
	Value time.Duration
}

// IsSet tells whether the duration was given.
func (d Duration) IsSet() bool { return d.Text.IsSet() }

// Size is a number of bytes, written like 512B, 10kB or 64MiB, or as a template
// that gives such a text. The zero Size stands for a key that was not given.
type Size struct {
	Text String
	// Value is 0 where Text is a template.
	Value int64
}

// IsSet tells whether the size was given.
func (s Size) IsSet() bool { return s.Text.IsSet() }

// Rate is a number of requests in a time, written like 50/s or 100/1m, or as a
// template that gives such a text. The zero Rate stands for a key that was not given.
type Rate struct {
	Text String
	// Count and Per are 0 where Text is a template.
	Count int
	Per   time.Duration
}

// IsSet tells whether the rate was given.
func (r Rate) IsSet() bool { return r.Text.IsSet() }

// AuthType is the kind of an Auth.
type AuthType string

// The kinds of auth.
const (
	AuthNone     AuthType = "none"
	AuthBasic    AuthType = "basic"
	AuthBearer   AuthType = "bearer"
	AuthAPIKey   AuthType = "api_key"
	AuthDigest   AuthType = "digest"
	AuthAWSSigV4 AuthType = "aws_sigv4"
	AuthOAuth2   AuthType = "oauth2"
)

// Auth is how requests are authenticated. Which fields are set depends on Type
// (see AuthTypes).
type Auth struct {
	Pos          Pos
	Type         AuthType
	Username     String
	Password     String
	Token        String
	HeaderPrefix String
	Name         String
	Value        String
	In           String
	AWS          *AWSAuth
	OAuth2       *OAuth2
}

// AWSAuth are the credentials of an aws_sigv4.
type AWSAuth struct {
	AccessKeyID     String
	SecretAccessKey String
	SessionToken    String
	Region          String
	Service         String
}

// OAuth2 is how an access token is got. GrantType, ClientAuth, Algorithm and
// AddTokenTo are never templates; what was not given is zero.
type OAuth2 struct {
	GrantType              String
	Issuer                 String
	AccessTokenURL         String
	AuthURL                String
	DeviceAuthorizationURL String
	ClientID               String
	ClientSecret           String
	ClientAuth             String
	Scopes                 []String
	Audience               String
	Resource               []String
	Username               String
	Password               String
	RefreshToken           String
	PrivateKey             String // a path or PEM, as in SSL
	KeyID                  String
	Algorithm              String
	Subject                String
	TokenHeaders           []Field // access_token_custom_headers
	QueryParams            []Field // custom_query_params
	AuthParams             []Field // custom_auth_params
	HeaderPrefix           String
	AddTokenTo             String
}

// Phase is the part of a suite that a query stands in.
type Phase string

// The phases, in the order in which they run.
const (
	PhaseSetup    Phase = "setup"
	PhaseQueries  Phase = "queries"
	PhaseTeardown Phase = "teardown"
)

// Query is one request and what is expected of its answer.
type Query struct {
	// Pos is where the query begins: the place of its name where it has one.
	Pos Pos
	// Lines are all that it takes of the file.
	Lines   Lines
	Phase   Phase
	Name    String
	Method  String // upper case, never a template
	Path    String
	Params  []Field
	Headers []Field
	Cookies []Field
	Auth    *Auth
	Body    *Body
	Timeout Duration
	// Redirects is nil where the source's hold.
	Redirects *Redirects
	// Retry is nil where the source's holds.
	Retry *Retry
	After []String
	// Safe is nil where the method decides.
	Safe    *bool
	If      String
	Skip    String
	Each    *Each
	Poll    *Poll
	Expect  *Expect
	Capture []Capture

	// Tags are its own, without those of the suite.
	Tags []String

	// alias is where an alias repeats the query or its name, else nowhere.
	alias Pos
}

// AllQueries returns the queries of all phases, in the order in which these run.
func (s *Suite) AllQueries() []*Query {
	return slices.Concat(s.Setup, s.Queries, s.Teardown)
}

// Body is the body of a request; exactly one of its kinds is set.
type Body struct {
	Pos  Pos
	JSON *Value
	Text String
	Form []Field
	// IsForm tells an empty form from no form, IsMultipart does so for multipart.
	IsForm      bool
	Multipart   []Part
	IsMultipart bool
	File        String // a path, never a template
	XML         String
	GraphQL     *GraphQL
	Base64      String
	// ContentType is the media type instead of the one of the kind.
	ContentType String
}

// Part is a part of a multipart body; exactly one of Text, JSON and File is
// set. Parts of one name follow each other in the order of the file.
type Part struct {
	Pos         Pos
	Name        String // never a template
	Text        String
	JSON        *Value
	File        String // a path, never a template
	Filename    String
	ContentType String
}

// GraphQL is a GraphQL operation. Variables is nil where they are not given.
type GraphQL struct {
	Pos       Pos
	Query     String
	Variables *Value
	Operation String
}

// Each is the rows that a query is sent for: inline, those of a file, or what
// Expr, a scalar of one whole ${ … }, gives.
type Each struct {
	Pos  Pos
	Rows []Value
	// Format is csv, json, jsonl or yaml where the rows stand in the file at
	// Path, a path relative to the file that it stands in.
	Format string
	Path   String
	Expr   String
}

// Poll asks again until every check passes.
type Poll struct {
	Pos      Pos
	Interval Duration
	Timeout  Duration
	GiveUp   String // CEL
}

// Retry sends a query again that failed for a reason that may pass.
type Retry struct {
	Pos Pos
	// Attempts is nil where it is not given.
	Attempts *int
	Interval Duration
	Backoff  String // constant or exponential, never a template
	// On are causes: network, timeout, 429, 5xx; never templates.
	On []String
	// None is set where a query's is null, which lifts the source's.
	None bool
}

// Kind is the kind of a Value.
type Kind uint8

// The kinds of values, those of JSON.
const (
	Null Kind = iota
	Bool
	Number
	Text
	List
	Map
)

// String returns the name of the kind as matchers and messages spell it.
func (k Kind) String() string {
	return [...]string{"null", "boolean", "number", "string", "array", "object"}[k]
}

// Value is a JSON value written in YAML. Numbers keep their spelling.
type Value struct {
	Kind Kind
	// Scalar is the text of a Bool (true, false), Number (JSON's syntax) or
	// Text, which may be a template.
	Scalar  String
	Items   []Value  // of a List
	Members []Member // of a Map, in file order, without duplicates
	Pos     Pos
}

// Member is one key of a Map and its value.
type Member struct {
	Key   String
	Value Value
}

// Expect is what a query's answer is checked for. What was not given is zero.
type Expect struct {
	Pos         Pos
	Status      []String // 200, 2xx, or a template of one whole ${ … }
	Headers     []Expectation
	GJSON       []Expectation
	JSON        *Value
	Cookies     []Expectation
	Text        *Matcher
	XPath       []Expectation
	CEL         []CELCheck
	Schema      *Schema
	Snapshot    *Snapshot
	MaxDuration Duration
	MaxSize     Size
	// Lifted names the keys given as null: what the suite's expect says of
	// them does not hold for this query.
	Lifted []String
}

// Schema is a JSON Schema: in the file at Path, relative to the file that it
// stands in, or inline, where everything is data and no text a template.
type Schema struct {
	Pos    Pos
	Path   String // never a template
	Inline *Value
}

// Snapshot is a file that holds a body as it was, relative to the file that it
// stands in, and the gjson paths of what is not compared.
type Snapshot struct {
	Pos    Pos
	Path   String // may read row and row_index
	Ignore []String
}

// Expectation is a matcher on what a name or a path picks.
type Expectation struct {
	Subject String
	Matcher Matcher
}

// CELCheck is a CEL expression that must be true and what to say where it is not.
type CELCheck struct {
	That    String
	Message String
}

// Matcher is a literal, where Ops is empty, or one or more operations that must all hold.
type Matcher struct {
	Pos     Pos
	Literal *Value
	Ops     []MatcherOp
}

// MatcherOp is one operation of a Matcher, named as in the table Matchers.
// Sub is set for operations that take a matcher, Value for the others.
type MatcherOp struct {
	Name  String
	Value Value
	Sub   *Matcher
}

// Capture names a value of an answer for later queries. At most one of GJSON,
// Header, Cookie, XPath and CEL is set; where none is, Regex searches the text.
type Capture struct {
	Name    String
	GJSON   String
	Header  String
	Cookie  String
	XPath   String
	CEL     String
	Regex   String
	Default *Value
	Secret  bool
}

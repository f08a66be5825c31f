package runner

import (
	"encoding/json"
	"math"
	"time"
)

// ReportVersion is the version of the JSON form of Report. It grows when a
// field changes its meaning or goes away, not when one is added.
const ReportVersion = 1

// Status is the verdict on a query or a suite.
type Status string

// The verdicts.
const (
	// StatusPassed means that every check held.
	StatusPassed Status = "passed"
	// StatusFailed means that an answer came and a check of it did not hold.
	StatusFailed Status = "failed"
	// StatusErrored means that no answer could be judged: the request could
	// not be built or sent, or the suite is wrong.
	StatusErrored Status = "errored"
	// StatusSkipped means that nothing was sent; the reason says why.
	StatusSkipped Status = "skipped"
)

// Millis is a length of time that JSON shows as a number of milliseconds, to
// the microsecond.
type Millis time.Duration

// MarshalJSON implements json.Marshaler.
func (m Millis) MarshalJSON() ([]byte, error) {
	return json.Marshal(float64(time.Duration(m).Microseconds()) / 1000)
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *Millis) UnmarshalJSON(data []byte) error {
	var ms float64
	if err := json.Unmarshal(data, &ms); err != nil {
		return err
	}
	// Rounded, since 1.001 ms is a little less as a float64.
	*m = Millis(math.Round(ms*1000)) * Millis(time.Microsecond)
	return nil
}

// millis is a length of time as JSON shows it, so that a report says the same once
// it is read again.
func millis(d time.Duration) Millis { return Millis(d.Truncate(time.Microsecond)) }

// Duration returns m as a time.Duration.
func (m Millis) Duration() time.Duration { return time.Duration(m) }

// Report is what a run found. It is data: every format is made from it alone.
// What it holds has passed the redactor.
type Report struct {
	// Version is the version of this form.
	Version int `json:"version"`
	// Apicel is the version of the program.
	Apicel string `json:"apicel"`
	// Hostname is the name of the machine.
	Hostname string `json:"hostname"`
	// Started is when the run began.
	Started time.Time `json:"started"`
	// Duration is how long the run took, in milliseconds.
	Duration Millis `json:"duration_ms"`
	// Seed is that of random values. Repetition n of --repeat has the seed Seed+n-1.
	Seed uint64 `json:"seed"`
	// Shuffle is the seed of the order in which queries were started, nil where that was
	// the order of the files. It grows with the repetitions as Seed does.
	Shuffle *uint64 `json:"shuffle,omitempty"`
	// Jobs is the number of queries that could be in flight at once (--jobs).
	Jobs int `json:"jobs"`
	// Repetitions is the number of those that were begun with --repeat or --until-failure, 0
	// without. With --until-failure the report holds the last of them.
	Repetitions int `json:"repetitions,omitempty"`
	// Shard is the part of the queries that this run had, nil for all of them.
	Shard *Shard `json:"shard,omitempty"`
	// Parts are the runs whose reports were merged into this one.
	Parts []Part `json:"parts,omitempty"`
	// Stopped says why the run ended before its end: "interrupted", "timeout",
	// "fail-fast", or "".
	Stopped Stop `json:"stopped,omitempty"`
	// Counts are the numbers over all suites.
	Counts Counts `json:"counts"`
	// Suites are in the order of the command line.
	Suites []*SuiteReport `json:"suites"`
}

// Shard is one of several parts into which queries are cut, so that machines
// can share them.
type Shard struct {
	Index int `json:"index"` // counts from 1
	// Total is the number of shards.
	Total int `json:"total"`
	// Cut is the same for all shards that were cut from the same suites in the same
	// way; only these make one run.
	Cut string `json:"cut,omitempty"`
}

// SkipCause is what kind of reason a query was skipped for. That of a query whose
// need was skipped is the cause of that.
type SkipCause string

// The causes.
const (
	// SkipAsked is the key skip of the suite.
	SkipAsked SkipCause = "skip"
	// SkipIf is an if that is false.
	SkipIf SkipCause = "if"
	// SkipNoRows is an each without rows.
	SkipNoRows SkipCause = "no-rows"
	// SkipFailure is setup or a need that did not pass.
	SkipFailure SkipCause = "failure"
	// SkipStopped is a run, or a teardown, that ended before its end.
	SkipStopped SkipCause = "stopped"
	// SkipClean is a query of teardown that has nothing to clean up.
	SkipClean SkipCause = "clean"
)

// Part is one of the runs of a merged report. Its fields are those of its own report.
type Part struct {
	// File is that of its report, as given to merge.
	File string `json:"file"`
	// Shard is the part that it was.
	Shard *Shard `json:"shard,omitempty"`
	// Apicel is the version of the program.
	Apicel string `json:"apicel"`
	// Hostname is the name of the machine.
	Hostname string `json:"hostname"`
	// Started is when the part began.
	Started time.Time `json:"started"`
	// Duration is how long the part took, in milliseconds.
	Duration Millis `json:"duration_ms"`
	// Seed is that of the random values.
	Seed uint64 `json:"seed"`
	// Shuffle is the seed of the order.
	Shuffle *uint64 `json:"shuffle,omitempty"`
	// Jobs is the number of queries that could be in flight at once.
	Jobs int `json:"jobs"`
	// Stopped says why the part ended before its end.
	Stopped Stop `json:"stopped,omitempty"`
}

// Stop is the reason for which a run ended before its end.
type Stop string

// The reasons.
const (
	StopInterrupted Stop = "interrupted"
	StopTimeout     Stop = "timeout"
	StopFailFast    Stop = "fail-fast"
)

// Counts are numbers of queries by verdict, a row of each being a query of its own.
type Counts struct {
	// Queries is the number of all of them.
	Queries int `json:"queries"`
	// Passed includes the flaky ones.
	Passed int `json:"passed"`
	// Failed is the number of those of which a check did not hold.
	Failed int `json:"failed"`
	// Errored is the number of those without an answer that could be judged.
	Errored int `json:"errored"`
	// Skipped is the number of those that were not sent.
	Skipped int `json:"skipped"`
	// Flaky is the number of those that passed after a failed attempt.
	Flaky int `json:"flaky"`
	// Checks is the number of checks that were judged.
	Checks int `json:"checks"`
	// BadSuites is the number of suites that could not run because their file is wrong.
	BadSuites int `json:"bad_suites"`
}

// SuiteReport is the report on one file.
type SuiteReport struct {
	// Name is the name as written in the suite, or one made from the name of its file.
	Name string `json:"name"`
	// File is the path as given on the command line, with forward slashes.
	File string `json:"file"`
	// ID names the suite among those of its run on every machine: the path below
	// the root of its project.
	ID string `json:"id,omitempty"`
	// Tags are those of the suite.
	Tags []string `json:"tags,omitempty"`
	// BaseURL is what the paths of queries are below.
	BaseURL string `json:"base_url,omitempty"`
	// Status is the worst of its queries, or errored where the file is wrong.
	Status Status `json:"status"`
	// Started is when the suite began.
	Started time.Time `json:"started"`
	// Duration is how long the suite took, in milliseconds.
	Duration Millis `json:"duration_ms"`
	// Counts are the numbers of this suite.
	Counts Counts `json:"counts"`
	// Problems are those of the file. Where one is an error the suite did not run.
	Problems []Problem `json:"problems,omitempty"`
	// Waits say who waited for whom, in file order; queries that waited for
	// nobody are left out.
	Waits []Waits `json:"waits,omitempty"`
	// Repetition is its number with --repeat, from 1; 0 without it.
	Repetition int `json:"repetition,omitempty"`
	// Seed is that of the suite's random values where it is not that of the report.
	Seed *uint64 `json:"seed,omitempty"`
	// Queries are in file order, the rows of an each in row order.
	Queries []*QueryReport `json:"queries"`
}

// Waits is what one query waits for inside its phase, by name as written in
// the suite.
type Waits struct {
	// Query is the one that waits.
	Query string `json:"query"`
	// Needs are the queries that must have passed, since their captures are read
	// or after names them. They may be of an earlier phase.
	Needs []string `json:"needs,omitempty"`
	// Order are those that it waits for by the suite's order alone.
	Order []string `json:"order,omitempty"`
}

// Problem is a problem of a suite's file.
type Problem struct {
	// Severity is "error" or "warning".
	Severity string `json:"severity"`
	// File is the path as given on the command line.
	File string `json:"file"`
	// Line counts from 1; 0 where the place is not known.
	Line int `json:"line"`
	// Column counts characters from 1; 0 where the place is not known.
	Column int `json:"column"`
	// Message says what was found and what was expected.
	Message string `json:"message"`
	// Hint is the next step.
	Hint string `json:"hint,omitempty"`
	// Source is the text of the line.
	Source string `json:"source,omitempty"`
	// SourceColumn is where the place is in Source, in characters from 1, where
	// that is not Column since a secret before it was masked; else 0.
	SourceColumn int `json:"source_column,omitempty"`
}

// Caret returns the column of Source at which the problem is, from 1.
func (p Problem) Caret() int {
	if p.SourceColumn > 0 {
		return p.SourceColumn
	}
	return p.Column
}

// QueryReport is the report on one query, or one row of it.
type QueryReport struct {
	// Name is unique in its suite.
	Name string `json:"name"`
	// Phase is "setup", "queries" or "teardown".
	Phase string `json:"phase"`
	// File is the path of the suite's file, or of the one that the query stands in.
	File string `json:"file"`
	// Line is the line of the query, from 1.
	Line int `json:"line"`
	// Query is the name as written in the suite where Name is another: of a query
	// with each, or one that several shards of a merged report sent.
	Query string `json:"query,omitempty"`
	// Shard is the number of the shard that sent it, in a merged report.
	Shard int `json:"shard,omitempty"`
	// Tags are those of the query and of its suite.
	Tags []string `json:"tags,omitempty"`
	// Needed tells that the query was not selected itself: one that was needs it.
	Needed bool `json:"needed,omitempty"`
	// RowIndex is the number of the row of each, from 0, or nil.
	RowIndex *int `json:"row_index,omitempty"`
	// Method is the HTTP method.
	Method string `json:"method"`
	// Path is the path as sent, below the base URL where it is there, with its
	// query parameters; as written in the suite where nothing was sent.
	Path string `json:"path"`
	// Status is the verdict.
	Status Status `json:"status"`
	// Reason says why the query was skipped.
	Reason string `json:"reason,omitempty"`
	// SkipCause is the kind of reason, for programs.
	SkipCause SkipCause `json:"skip_cause,omitempty"`
	// Message says why a poll ended without passing.
	Message string `json:"message,omitempty"`
	// Error says why no answer could be judged.
	Error *ErrorReport `json:"error,omitempty"`
	// Started is when the first attempt began; it is left out where nothing was sent.
	Started time.Time `json:"started,omitzero"`
	// Duration is how long all attempts and the waits between them took, in milliseconds.
	Duration Millis `json:"duration_ms"`
	// StatusCode is that of the last answer, 0 where there was none.
	StatusCode int `json:"status_code,omitempty"`
	// Checks is the number of checks that were judged on the last attempt.
	Checks int `json:"checks"`
	// Failures are the checks of the last attempt that did not hold, in file order.
	Failures []CheckReport `json:"failures,omitempty"`
	// Flaky tells that the query passed after a failed attempt of its retry.
	Flaky bool `json:"flaky,omitempty"`
	// AttemptCount is the number of attempts that were made.
	AttemptCount int `json:"attempt_count,omitempty"`
	// Attempts are kept of queries that did not pass or were flaky: of a poll the
	// first and the last, else all. With RunOptions.KeepExchanges they are kept of all.
	Attempts []AttemptReport `json:"attempts,omitempty"`
}

// ErrorReport is an error at a place of the suite.
type ErrorReport struct {
	// Type is a word for the kind of error: "network", "timeout", "request",
	// "origin", "response", "auth", "interrupted".
	Type string `json:"type"`
	// Message says what went wrong.
	Message string `json:"message"`
	// Hint is the next step.
	Hint string `json:"hint,omitempty"`
	// File, Line and Column are the place of what caused it: of the text that
	// could not be evaluated, or of the query that was not answered.
	File string `json:"file"`
	// Line counts from 1; 0 where the place is not known.
	Line int `json:"line"`
	// Column counts characters from 1; 0 where the place is not known.
	Column int `json:"column"`
}

// CheckReport is a check that did not hold.
type CheckReport struct {
	// Check names what was looked at: "status", `header ETag`, `gjson lines.#`,
	// `cel body.total == 3`, "capture order_id".
	Check string `json:"check"`
	// File is the path of the file that the check stands in.
	File string `json:"file"`
	// Line counts from 1.
	Line int `json:"line"`
	// Column counts characters from 1.
	Column int `json:"column"`
	// Expected is what the check asked for, as text.
	Expected string `json:"expected,omitempty"`
	// Found is what the answer had, as text.
	Found string `json:"found,omitempty"`
	// Message is the user's own message, or what there is to say beyond
	// Expected and Found.
	Message string `json:"message,omitempty"`
	// Detail is text of several lines: a diff, the values of an expression.
	Detail string `json:"detail,omitempty"`
}

// AttemptReport is one try of a query.
type AttemptReport struct {
	// Number counts from 1.
	Number int `json:"number"`
	// Started is when the attempt began.
	Started time.Time `json:"started"`
	// Duration is how long the attempt took, in milliseconds.
	Duration Millis `json:"duration_ms"`
	// Error says why this attempt had no answer that could be judged.
	Error *ErrorReport `json:"error,omitempty"`
	// Failures are the checks that did not hold in this attempt.
	Failures []CheckReport `json:"failures,omitempty"`
	// Request is what was sent, with what the client added.
	Request *Message `json:"request,omitempty"`
	// Response is what came back; it is left out where no whole answer came.
	Response *Message `json:"response,omitempty"`
	// Timing splits the duration, where it is known.
	Timing *Timing `json:"timing,omitempty"`
}

// Message is a request or a response, redacted and cut to a length that a
// reader can use.
type Message struct {
	Method     string `json:"method,omitempty"`      // of a request
	URL        string `json:"url,omitempty"`         // of a request; of a response where it was redirected
	StatusCode int    `json:"status_code,omitempty"` // of a response
	Proto      string `json:"proto,omitempty"`       // of a response
	// Header is in the order of its names.
	Header []HeaderField `json:"headers,omitempty"`
	// Body is the text of the body. A body that is not text is described.
	Body string `json:"body,omitempty"`
	// BodySize is the whole body's length in bytes.
	BodySize int `json:"body_size"`
	// Truncated tells that Body is only the beginning.
	Truncated bool `json:"truncated,omitempty"`
	// Route is how a request was sent, nil where its URL says all.
	Route *Route `json:"route,omitempty"`
	// Redirects are the URLs that were asked before the one that a response is from.
	Redirects []string `json:"redirects,omitempty"`
}

// Route is how a request was sent, where the source says more than its URL does:
// what another client needs to be told to send it in the same way. Files are
// named, never quoted.
type Route struct {
	// HTTP is the version that was asked for: "1.1", "2" or "h2c".
	HTTP string `json:"http,omitempty"`
	// Proxy is the URL of the proxy, or "none".
	Proxy string `json:"proxy,omitempty"`
	// UnixSocket is the path of the socket.
	UnixSocket string `json:"unix_socket,omitempty"`
	// Resolve says where to connect instead: host or host:port, "=", and the address.
	Resolve []string `json:"resolve,omitempty"`
	// CACert is the file of the authorities that are trusted, "-" where the suite
	// holds their PEM.
	CACert string `json:"ca_cert,omitempty"`
	// ClientCert is the file of the certificate that was shown, "-" where the suite
	// holds its PEM.
	ClientCert string `json:"client_cert,omitempty"`
	// ClientKey is the file of its key, "-" where the suite holds its PEM.
	ClientKey string `json:"client_key,omitempty"`
	// KeyPassword tells that the key is encrypted.
	KeyPassword bool `json:"key_password,omitempty"`
	// Insecure tells that the server's certificate is not verified.
	Insecure bool `json:"insecure,omitempty"`
	// ServerName is the name that the server's certificate must have.
	ServerName string `json:"server_name,omitempty"`
	// MinTLS is the lowest version of TLS.
	MinTLS string `json:"min_tls,omitempty"`
	// Pins are the public keys of which the server must have one, as sha256 in base64.
	Pins []string `json:"pins,omitempty"`
	// AWS is the region and the service of a signature, as "region:service".
	AWS string `json:"aws,omitempty"`
}

// HeaderField is one line of a header.
type HeaderField struct {
	// Name is in the usual spelling.
	Name string `json:"name"`
	// Value is as sent, secrets masked.
	Value string `json:"value"`
}

// Timing splits the duration of an exchange; parts that did not happen are 0.
type Timing struct {
	// DNS is the time of the look-up, in milliseconds.
	DNS Millis `json:"dns_ms"`
	// Connect is the time of the TCP handshake, in milliseconds.
	Connect Millis `json:"connect_ms"`
	// TLS is the time of the TLS handshake, in milliseconds.
	TLS Millis `json:"tls_ms"`
	// FirstByte is the time from the request to the first byte of the answer, in milliseconds.
	FirstByte Millis `json:"first_byte_ms"`
	// Transfer is the time from the first byte to the last, in milliseconds.
	Transfer Millis `json:"transfer_ms"`
	// Reused tells that the connection was there already.
	Reused bool `json:"reused"`
}

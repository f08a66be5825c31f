package reporters

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/apicel/apicel/runner"
)

// WriteJUnit writes the report as JUnit XML: one testsuite for each suite, one
// testcase for each query or row, setup and teardown included. A suite that
// could not run has one errored testcase with all problems of its file. It
// returns the first error of w.
//
// The form is the one Jenkins' schema junit-10.xsd describes, with what other
// readers want in a testcase: file, line, timestamp, assertions, and properties.
// Attempts of a retry are written as Maven Surefire writes reruns: see retries.
func WriteJUnit(w io.Writer, r *runner.Report) error {
	out := bufio.NewWriterSize(w, 64<<10)
	if _, err := out.WriteString(xml.Header); err != nil {
		return err
	}
	j := &junit{report: r, used: map[string]bool{}, findings: maxFindings, exchanges: maxExchanges}
	if err := j.write(out); err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	if err := out.WriteByte('\n'); err != nil {
		return err
	}
	return out.Flush()
}

// The numbers of bytes of failures and of system-out in one file. GitLab refuses
// files from 30 MB on; results matter more than what explains them.
const (
	maxFindings  = 8 << 20
	maxExchanges = 8 << 20
)

// The elements, their attributes in the order in which they are written.
type (
	junitSuite struct {
		XMLName    xml.Name        `xml:"testsuite"`
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr,omitempty"`
		Hostname   string          `xml:"hostname,attr,omitempty"`
		File       string          `xml:"file,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      junitCases      `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Classname  string           `xml:"classname,attr"`
		Name       string           `xml:"name,attr"`
		File       string           `xml:"file,attr"`
		Line       int              `xml:"line,attr,omitempty"`
		Time       string           `xml:"time,attr"`
		Timestamp  string           `xml:"timestamp,attr,omitempty"`
		Assertions int              `xml:"assertions,attr"`
		Properties *junitProperties `xml:"properties"`
		Failure    *junitResult     `xml:"failure"`
		Error      *junitResult     `xml:"error"`
		Skipped    *junitResult     `xml:"skipped"`
		Reruns     []junitRerun
		SystemOut  *junitText `xml:"system-out"`
	}
	junitProperties struct {
		List []junitProperty `xml:"property"`
	}
	// junitRerun is an attempt beside the one that the testcase tells of. Its
	// name is one of flakyFailure, flakyError, rerunFailure and rerunError.
	junitRerun struct {
		XMLName    xml.Name
		Message    string     `xml:"message,attr"`
		Type       string     `xml:"type,attr"`
		StackTrace junitText  `xml:"stackTrace"`
		SystemOut  *junitText `xml:"system-out"`
	}
	junitResult struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		junitText
	}
	// junitText is escaped by us: encoding/xml would write each newline of a
	// text as &#xA;, which nobody can read in the file.
	junitText struct {
		Text string `xml:",innerxml"`
	}
)

var escapeText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func text(s string) junitText { return junitText{escapeText.Replace(s)} }

// junit is the state of one file.
type junit struct {
	report *runner.Report
	used   map[string]bool // classnames, and classname and name of each testcase
	// findings and exchanges are the bytes that may still be written of each.
	findings, exchanges int
	full                bool // something has been left out
	// flush writes what is encoded, unless that failed.
	flush func(error) error
}

func (j *junit) write(out io.Writer) error {
	var buf bytes.Buffer
	e := xml.NewEncoder(&buf)
	e.Indent("", "  ")
	flush := func(err error) error {
		if err == nil {
			err = e.Flush()
		}
		if err != nil {
			return err
		}
		_, err = out.Write(pastCI(buf.Bytes(), `&#35;`, `&#58;`))
		buf.Reset()
		return err
	}
	j.flush = flush
	root := j.root()
	if err := e.EncodeToken(root); err != nil {
		return err
	}
	for _, s := range j.report.Suites {
		if err := flush(e.Encode(j.suite(s))); err != nil {
			return err
		}
	}
	if err := e.EncodeToken(root.End()); err != nil {
		return err
	}
	return flush(e.Close())
}

// root returns the element around all, with the sums over the suites.
func (j *junit) root() xml.StartElement {
	var tests, failures, errors int
	for _, s := range j.report.Suites {
		if len(errorsOf(s)) > 0 {
			tests, errors = tests+1, errors+1
		}
		tests += len(s.Queries)
		for _, q := range s.Queries {
			switch q.Status {
			case runner.StatusFailed:
				failures++
			case runner.StatusErrored:
				errors++
			}
		}
	}
	attr := func(name, value string) xml.Attr { return xml.Attr{Name: xml.Name{Local: name}, Value: value} }
	return xml.StartElement{Name: xml.Name{Local: "testsuites"}, Attr: []xml.Attr{
		attr("name", "apicel"),
		attr("tests", strconv.Itoa(tests)),
		attr("failures", strconv.Itoa(failures)),
		attr("errors", strconv.Itoa(errors)),
		attr("time", seconds(j.report.Duration)),
	}}
}

func (j *junit) suite(s *runner.SuiteReport) *junitSuite {
	suite := &junitSuite{
		Name: inline(suiteName(s)), Time: seconds(s.Duration), Timestamp: timestamp(s.Started),
		Hostname: inline(j.report.Hostname), File: inline(s.File), Properties: j.properties(s),
	}
	class := classname(s.File)
	if s.Repetition > 1 { // the first keeps its name, and so its history
		class += fmt.Sprintf(" (repetition %d)", s.Repetition)
	}
	class = j.unique(class)
	if len(errorsOf(s)) > 0 {
		suite.Tests, suite.Errors = 1, 1
	}
	for _, q := range s.Queries {
		suite.count(q.Status)
	}
	suite.Cases = junitCases{j, s, class}
	return suite
}

// junitCases are the testcases of a suite, made and written one after another,
// so that a report of many queries is not held in memory as text.
type junitCases struct {
	junit *junit
	suite *runner.SuiteReport
	class string
}

// MarshalXML implements xml.Marshaler.
func (c junitCases) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	if errors := errorsOf(c.suite); len(errors) > 0 {
		if err := e.EncodeElement(c.junit.badSuite(c.suite, c.class, errors[0]), start); err != nil {
			return err
		}
	}
	for _, q := range c.suite.Queries {
		if err := c.junit.flush(e.EncodeElement(c.junit.query(q, c.class), start)); err != nil {
			return err
		}
	}
	return nil
}

func (j *junit) properties(s *runner.SuiteReport) []junitProperty {
	r := j.report
	list := []junitProperty{{"seed", strconv.FormatUint(seedOf(r, s), 10)}}
	if shuffle := shuffleOf(r, s); shuffle != nil {
		list = append(list, junitProperty{"shuffle", strconv.FormatUint(*shuffle, 10)})
	}
	if r.Shard != nil {
		list = append(list, junitProperty{"shard", fmt.Sprintf("%d/%d", r.Shard.Index, r.Shard.Total)})
	}
	list = append(list, junitProperty{"jobs", strconv.Itoa(r.Jobs)}, junitProperty{"version", inline(r.Apicel)})
	if s.Repetition > 0 {
		list = append(list, junitProperty{"repetition", strconv.Itoa(s.Repetition)})
	}
	return list
}

func (s *junitSuite) count(status runner.Status) {
	s.Tests++
	switch status {
	case runner.StatusFailed:
		s.Failures++
	case runner.StatusErrored:
		s.Errors++
	case runner.StatusSkipped:
		s.Skipped++
	}
}

// classname makes a name of a suite's file that readers can take for that of a
// class: Jenkins splits it at dots into packages, so that folders become
// packages and dots within a name must go. It follows from the path alone, so
// that a suite keeps its history when its title changes.
func classname(file string) string {
	file = strings.TrimSuffix(file, ".yaml")
	file = strings.TrimSuffix(file, ".apicel")
	var parts []string
	for part := range strings.SplitSeq(inline(file), "/") {
		if part != "" && part != "." && part != ".." {
			parts = append(parts, strings.ReplaceAll(part, ".", "_"))
		}
	}
	if len(parts) == 0 {
		return "suite"
	}
	return strings.Join(parts, ".")
}

// unique returns name, or name with a number where it has been used: GitLab
// keeps only the first of equal results.
func (j *junit) unique(name string) string {
	free := name
	for i := 2; j.used[free]; i++ {
		free = fmt.Sprintf("%s (%d)", name, i)
	}
	j.used[free] = true
	return free
}

// caseName returns a name that no other testcase of the class has.
func (j *junit) caseName(class, name string) string {
	prefix := class + "\x00" // a class has no such character: it is visible
	return strings.TrimPrefix(j.unique(prefix+inline(name)), prefix)
}

// badSuite returns the testcase that stands for a file that is wrong.
func (j *junit) badSuite(s *runner.SuiteReport, class string, first runner.Problem) junitCase {
	return junitCase{
		Classname: class, Name: j.caseName(class, badSuiteName),
		File: inline(first.File), Line: first.Line, Time: seconds(0),
		Error: &junitResult{badSuiteMessage(s), "suite", j.explained(problemsText(s))},
	}
}

// seconds returns m in seconds with a point, whatever the locale, and without
// groups of digits: dorny/test-reporter and CircleCI read it as a plain number.
func seconds(m runner.Millis) string {
	// Cut to what JSON keeps, so that a report made from JSON is the same.
	return strconv.FormatFloat(max(m.Duration(), 0).Truncate(time.Microsecond).Seconds(), 'f', 6, 64)
}

// timestamp returns t as ISO 8601 in UTC with its zone, as Gradle and Playwright
// write it. Ant's old form without a zone is read as UTC by some (Azure, Jenkins)
// and as local time by others; with the Z all agree.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

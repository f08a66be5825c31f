package assert

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"time"

	"github.com/antchfx/htmlquery"
	"github.com/antchfx/xmlquery"
	"github.com/antchfx/xpath"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/apicel/apicel/internal/files"
)

// Limits on documents. A tree takes some hundred bytes for each node, and
// whoever walks it recurses as deeply as it is nested.
const (
	maxDocument      = 32 << 20
	maxDocumentTags  = 1 << 20
	maxDocumentDepth = 1000
	maxDocumentTime  = 5 * time.Second
)

// document is a body as XML or HTML.
type document struct {
	root xpath.NodeNavigator
	html bool
	// namespaces are those that the document declares, by prefix; of a prefix
	// that stands for several, the first.
	namespaces map[string]string
}

// readDocument reads the body by its content type, and where that says neither
// XML nor HTML, by how it begins.
func (j *judging) readDocument() (*document, error) {
	response := j.activation.Response
	body := response.Body
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return nil, errEmpty
	case len(body) > maxDocument:
		return nil, fmt.Errorf("the body has %s, at most %s are read as XML or HTML", files.Size(int64(len(body))), files.Size(maxDocument))
	case bytes.Count(body, []byte("<")) > maxDocumentTags:
		return nil, errors.New("the body has too many tags to be read as XML or HTML")
	}
	ctx, cancel := context.WithTimeoutCause(j.ctx, maxDocumentTime, errSlowDocument)
	defer cancel()
	contentType := response.Header.Get("Content-Type")
	media, params, _ := mime.ParseMediaType(contentType)
	text := documentText{raw: body, contentType: contentType, ctx: ctx}
	if params["charset"] != "" {
		text.decoded = j.activation.Text()
	}
	switch {
	case media == "text/html":
		return text.asHTML()
	case media == "text/xml" || media == "application/xml" || strings.HasSuffix(media, "+xml"):
		return text.asXML()
	}
	return text.byLook()
}

var errSlowDocument = errors.New("reading it takes too long")

// documentText is the text of a document. Where the content type names the
// charset, decoded is the text as that says, whatever the document says itself.
type documentText struct {
	raw         []byte
	decoded     string
	contentType string
	ctx         context.Context
}

// byLook reads what begins as a tag does: as HTML where it says so, or where it
// is not XML.
func (t documentText) byLook() (*document, error) {
	head := strings.ToLower(string(bytes.TrimLeft(t.raw[:min(len(t.raw), 1<<10)], " \t\r\n\xEF\xBB\xBF")))
	switch {
	case strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html"):
		return t.asHTML()
	case !strings.HasPrefix(head, "<") && !bytes.HasPrefix(t.raw, []byte("\xFE\xFF")) && !bytes.HasPrefix(t.raw, []byte("\xFF\xFE")):
		return nil, errors.New("the body is neither XML nor HTML")
	}
	d, err := t.asXML()
	var isNone *notXMLError
	if errors.As(err, &isNone) && !strings.HasPrefix(head, "<?xml") {
		return t.asHTML()
	}
	return d, err
}

// asXML reads XML. Entities of its own document type are not known to the
// decoder, so that none can be blown up.
func (t documentText) asXML() (*document, error) {
	options := xmlquery.ParserOptions{Decoder: &xmlquery.DecoderOptions{Strict: true, CharsetReader: charset.NewReaderLabel}}
	var in io.Reader = bytes.NewReader(t.raw)
	switch {
	case t.decoded != "":
		in = strings.NewReader(strings.TrimPrefix(t.decoded, byteOrderMark))
		options.Decoder.CharsetReader = asItIs
	case bytes.HasPrefix(t.raw, []byte("\xFE\xFF")) || bytes.HasPrefix(t.raw, []byte("\xFF\xFE")):
		in = transform.NewReader(in, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
		options.Decoder.CharsetReader = asItIs
	default:
		in = bytes.NewReader(bytes.TrimPrefix(t.raw, []byte(byteOrderMark)))
	}
	top, err := parseXML(&interruptible{t.ctx, in}, options)
	if err != nil {
		return nil, notXML(err)
	}
	d := &document{root: xmlquery.CreateXPathNavigator(top), namespaces: map[string]string{}}
	return d, d.survey(top)
}

func asItIs(_ string, in io.Reader) (io.Reader, error) { return in, nil }

func parseXML(in io.Reader, options xmlquery.ParserOptions) (top *xmlquery.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			top, err = nil, fmt.Errorf("%v", p)
		}
	}()
	return xmlquery.ParseWithOptions(in, options)
}

// notXMLError is why a text is not XML.
type notXMLError struct{ reason string }

func (e *notXMLError) Error() string { return "the body is not XML: " + e.reason }

func notXML(err error) error {
	var syntax *xml.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return &notXMLError{fmt.Sprintf("line %d: %s", syntax.Line, syntax.Msg)}
	case errors.Is(err, errSlowDocument), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the body cannot be read as XML: %w", err)
	}
	return &notXMLError{strings.TrimPrefix(err.Error(), "xmlquery: ")}
}

// survey walks the tree once, without recursion, for its depth and namespaces.
func (d *document) survey(top *xmlquery.Node) error {
	depth := 0
	for n := top; n != nil; {
		for _, a := range n.Attr {
			if prefix := a.Name.Local; a.Name.Space == "xmlns" && d.namespaces[prefix] == "" {
				d.namespaces[prefix] = a.Value
			}
		}
		if n.FirstChild != nil {
			n, depth = n.FirstChild, depth+1
			if depth > maxDocumentDepth {
				return fmt.Errorf("the body is nested more than %d levels deep", maxDocumentDepth)
			}
			continue
		}
		for n != nil && n.NextSibling == nil {
			n, depth = n.Parent, depth-1
		}
		if n != nil {
			n = n.NextSibling
		}
	}
	return nil
}

// asHTML reads HTML as browsers do: what is wrong in it is put right, and what
// it says of its charset is believed.
func (t documentText) asHTML() (*document, error) {
	var in io.Reader = strings.NewReader(t.decoded)
	if t.decoded == "" {
		var err error
		if in, err = charset.NewReader(bytes.NewReader(t.raw), t.contentType); err != nil {
			return nil, fmt.Errorf("the body cannot be read as HTML: %w", err)
		}
	}
	top, err := htmlquery.Parse(&interruptible{t.ctx, in})
	if err != nil {
		return nil, fmt.Errorf("the body cannot be read as HTML: %s", strings.TrimPrefix(err.Error(), "html: "))
	}
	return &document{root: htmlquery.CreateXPathNavigator(top), html: true, namespaces: map[string]string{}}, nil
}

// interruptible is a reader that ends with its context.
type interruptible struct {
	ctx context.Context
	in  io.Reader
}

func (i *interruptible) Read(p []byte) (int, error) {
	if i.ctx.Err() != nil {
		return 0, context.Cause(i.ctx)
	}
	return i.in.Read(p[:min(len(p), 16<<10)])
}

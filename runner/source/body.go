package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/apicel/apicel/internal/files"
)

const (
	// firstRead is what is allocated for a body at first, whatever its length is
	// said to be.
	firstRead = 1 << 20
	// keptBuffer is the size up to which a buffer is used again.
	keptBuffer = 1 << 20
)

// readBody returns the body with its content encoding undone and its size as it
// was received. Received tells meanwhile how much of it has come. With an error
// it returns the beginning of the body, as far as it could be read.
func readBody(resp *http.Response, limit int64, received *atomic.Int64) ([]byte, int64, error) {
	wire := &wireReader{body: resp.Body, limit: limit, count: received}
	if knownLength(resp) > limit {
		return nil, 0, badResponse("the answer's body has %s, at most %s are read", files.Size(resp.ContentLength), files.Size(limit)).
			hint("ask for less at once")
	}
	body, err := readDecoded(resp, wire, limit)
	if err != nil {
		err = wire.explain(err, knownLength(resp))
	}
	return body, received.Load(), err
}

func readDecoded(resp *http.Response, wire *wireReader, limit int64) ([]byte, error) {
	encodings := contentEncodings(resp)
	if len(encodings) == 0 {
		return readAll(wire, knownLength(resp), limit)
	}
	in := buffered(wire)
	defer release(in)
	// HEAD, 204, 304 and errors of proxies name an encoding and have no body.
	if _, err := in.Peek(1); err == io.EOF {
		return nil, nil
	}
	out, done, err := decode(in, encodings, limit)
	if err != nil {
		return nil, err
	}
	defer done()
	return readAll(out, -1, limit)
}

// knownLength is -1 where the length is not known, or is that of a body which
// GET would have been answered with.
func knownLength(resp *http.Response) int64 {
	if resp.Request.Method == http.MethodHead || resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusNotModified {
		return -1
	}
	return resp.ContentLength
}

// wireReader reads what was received, counts it, and remembers why it ended.
type wireReader struct {
	body  io.Reader
	limit int64
	count *atomic.Int64
	err   error // the first one, io.EOF apart
}

func (w *wireReader) Read(p []byte) (int, error) {
	n, err := w.body.Read(p)
	if total := w.count.Add(int64(n)); total > w.limit && err == nil {
		err = errTooLarge
	}
	if err != nil && err != io.EOF && w.err == nil {
		w.err = err
	}
	return n, err
}

// errTooLarge is a body, received or decoded, beyond the limit.
var errTooLarge = errors.New("body too large")

// explain says what ended the body too early. A decoder reports a connection
// that broke as its own error, which is why the wire's comes first.
func (w *wireReader) explain(err error, length int64) error {
	var known *Error
	switch {
	case w.err != nil:
		err = w.err
	case errors.As(err, &known):
		return known
	}
	switch {
	case errors.Is(err, errTooLarge) && w.count.Load() <= w.limit:
		return badResponse("the answer's body has more than %s once decoded, %s as received", files.Size(w.limit), files.Size(w.count.Load())).
			hint("ask for less at once")
	case errors.Is(err, errTooLarge):
		return badResponse("the answer's body has more than %s", files.Size(w.limit)).hint("ask for less at once")
	case errors.Is(err, io.ErrUnexpectedEOF) && length >= 0:
		return newError(KindNetwork, "the connection ended after %d of the %d bytes of the answer's body", w.count.Load(), length).causedBy(err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return newError(KindNetwork, "the connection ended in the middle of the answer's body, after %d bytes", w.count.Load()).causedBy(err)
	}
	return err
}

// readAll reads at most limit bytes; more are errTooLarge. With an error it
// returns what it read until then. Of known length, it reads into the slice that
// it returns; else into a buffer that is used again, so that the slice has no
// spare room.
func readAll(r io.Reader, length, limit int64) ([]byte, error) {
	r = &limitedReader{r, limit}
	if length >= 0 {
		return readKnown(r, length)
	}
	b := buffers.Get().(*bytes.Buffer)
	defer func() {
		if b.Cap() <= keptBuffer {
			b.Reset()
			buffers.Put(b)
		}
	}()
	_, err := b.ReadFrom(r)
	if b.Cap() > keptBuffer && b.Cap()-b.Len() < b.Len()/4 {
		return b.Bytes(), err // not worth a copy; the buffer is not used again
	}
	return bytes.Clone(b.Bytes()), err
}

// readKnown makes room as bytes come: a server that announces much and sends
// little costs little.
func readKnown(r io.Reader, length int64) ([]byte, error) {
	body := make([]byte, 0, min(length, firstRead))
	for int64(len(body)) < length {
		if len(body) == cap(body) {
			grown := make([]byte, len(body), min(length, int64(cap(body))*4))
			copy(grown, body)
			body = grown
		}
		n, err := io.ReadFull(r, body[len(body):cap(body)])
		body = body[:len(body)+n]
		if err != nil {
			return body, unexpected(err)
		}
	}
	// Read to its end, a connection can be used again.
	if _, err := r.Read(make([]byte, 1)); err != nil && err != io.EOF {
		return body, err
	}
	return body, nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// limitedReader gives errTooLarge in place of what is beyond left.
type limitedReader struct {
	r    io.Reader
	left int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return max(0, n-1), errTooLarge
	}
	return n, err
}

var (
	buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	inputs  = sync.Pool{New: func() any { return bufio.NewReader(nil) }}
)

func buffered(r io.Reader) *bufio.Reader {
	b := inputs.Get().(*bufio.Reader)
	b.Reset(r)
	return b
}

func release(b *bufio.Reader) {
	b.Reset(nil)
	inputs.Put(b)
}

// contentEncodings are the encodings of the answer in the order in which they
// are undone. Part of a body cannot be decoded, and an encoding that nobody
// knows is left, together with those below it, for the checks to see.
func contentEncodings(resp *http.Response) []string {
	if resp.StatusCode == http.StatusPartialContent {
		return nil
	}
	var all []string
	for _, line := range resp.Header["Content-Encoding"] {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.ToLower(strings.Trim(name, " \t"))
			if name != "" && name != "identity" {
				all = append([]string{name}, all...)
			}
		}
	}
	for i, name := range all {
		if _, ok := decoders[name]; !ok {
			return all[:i]
		}
	}
	return all
}

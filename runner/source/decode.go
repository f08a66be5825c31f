package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

const (
	// maxEncodings is the number of encodings of one body. Nobody needs more
	// than two, and each costs memory.
	maxEncodings = 4
	// zstdWindow is the largest window that zstd may use in HTTP (RFC 9659).
	zstdWindow = 8 << 20
)

// decoder undoes an encoding. The reader that open returns is given to done
// once it is read. Opening may read from in.
type decoder struct {
	open func(in *bufio.Reader) (io.Reader, error)
	done func(io.Reader)
	// begins tells whether data may begin with the bytes, up to four; nil where
	// any may.
	begins func(head []byte) bool
}

// mayBegin tells whether what in holds may be of the encoding. What cannot be
// read is left for the decoder to find.
func (d decoder) mayBegin(in *bufio.Reader) bool {
	if d.begins == nil {
		return true
	}
	head, _ := in.Peek(4)
	return d.begins(head)
}

// isGzip looks for the mark of RFC 1952, 2.3.1.
func isGzip(head []byte) bool { return agree(head, "\x1f\x8b") }

// isZstd looks for the mark of a frame or of one to skip (RFC 8878, 3.1).
func isZstd(head []byte) bool {
	if len(head) > 0 && head[0]&0xf0 == 0x50 {
		return agree(head[1:], "\x2a\x4d\x18")
	}
	return agree(head, "\x28\xb5\x2f\xfd")
}

// agree tells whether one of the two begins with the other.
func agree(head []byte, mark string) bool {
	n := min(len(head), len(mark))
	return string(head[:n]) == mark[:n]
}

// decoders are the encodings that are undone, by their names in Content-Encoding
// (RFC 9110, 8.4.1; RFC 7932; RFC 8878).
var decoders = map[string]decoder{
	"gzip":    {openGzip, func(r io.Reader) { gzips.Put(r) }, isGzip},
	"x-gzip":  {openGzip, func(r io.Reader) { gzips.Put(r) }, isGzip},
	"deflate": {openDeflate, closeDeflate, nil},
	"br":      {openBrotli, func(r io.Reader) { brotlis.Put(r) }, nil},
	"zstd":    {openZstd, closeZstd, isZstd},
}

// decode returns a reader that undoes the encodings in order, and a function to
// call when it is read.
func decode(in *bufio.Reader, encodings []string, limit int64) (io.Reader, func(), error) {
	if len(encodings) > maxEncodings {
		return nil, nil, badResponse("the answer has %d content encodings, at most %d are undone", len(encodings), maxEncodings)
	}
	var closers []func()
	done := func() {
		for _, c := range closers {
			c()
		}
	}
	var out io.Reader
	for i, name := range encodings {
		if i > 0 {
			// Bounded too, or a small body could keep a decoder busy for hours.
			between := buffered(&limitedReader{out, limit})
			closers = append(closers, func() { release(between) })
			in = between
		}
		d := decoders[name]
		if !d.mayBegin(in) {
			return notEncoded(in, name), done, nil
		}
		opened, err := d.open(in)
		if err != nil {
			done()
			return nil, nil, damaged(name, err)
		}
		closers = append(closers, func() { d.done(opened) })
		out = &namedReader{opened, in, name}
	}
	return out, done, nil
}

// notEncoded returns a reader of what in holds, since that says what came
// instead; then it fails. More is not waited for.
func notEncoded(in *bufio.Reader, name string) io.Reader {
	held, _ := in.Peek(in.Buffered())
	return io.MultiReader(bytes.NewReader(held), failed{badResponse("the answer's body is not %s, though Content-Encoding says so", name)})
}

// failed is a reader that gives nothing but its error.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// namedReader says which encoding an error is about, and that nothing stands
// behind the encoded data.
type namedReader struct {
	decoded io.Reader
	encoded *bufio.Reader
	name    string
}

func (r *namedReader) Read(p []byte) (int, error) {
	n, err := r.decoded.Read(p)
	switch err {
	case nil:
		return n, nil
	case io.EOF:
		if _, err := r.encoded.Peek(1); err != io.EOF {
			return n, trailing(r.name, err)
		}
		return n, io.EOF
	}
	return n, damaged(r.name, err)
}

func trailing(name string, err error) error {
	if err != nil {
		return err
	}
	return badResponse("the answer's body goes on behind the end of its %s data", name)
}

func damaged(name string, err error) error {
	var known *Error
	switch {
	case errors.As(err, &known), errors.Is(err, errTooLarge):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		message := "the answer's body ends in the middle of its %s data"
		if decoders[name].begins == nil {
			message += ", if it is such data at all"
		}
		return badResponse(message, name).causedBy(err)
	}
	return badResponse("the answer's body is not valid %s, which Content-Encoding says it is: %v", name, err).causedBy(err)
}

var gzips = sync.Pool{New: func() any { return new(gzip.Reader) }}

func openGzip(in *bufio.Reader) (io.Reader, error) {
	r := gzips.Get().(*gzip.Reader)
	return r, r.Reset(in)
}

var (
	zlibs  sync.Pool // of io.ReadCloser, which zlib makes only with data at hand
	flates = sync.Pool{New: func() any { return flate.NewReader(nil) }}
)

// openDeflate takes both what RFC 9110 calls deflate (zlib, RFC 1950) and the
// raw data (RFC 1951) that some servers send under this name.
func openDeflate(in *bufio.Reader) (io.Reader, error) {
	head, err := in.Peek(2)
	if err != nil {
		return nil, err
	}
	if head[0]&0x0f != 8 || (int(head[0])<<8|int(head[1]))%31 != 0 {
		r := flates.Get().(io.Reader)
		return rawDeflate{r}, r.(flate.Resetter).Reset(in, nil)
	}
	if r, ok := zlibs.Get().(io.Reader); ok {
		return r, r.(zlib.Resetter).Reset(in, nil)
	}
	return zlib.NewReader(in)
}

// rawDeflate tells closeDeflate the two apart.
type rawDeflate struct{ io.Reader }

func closeDeflate(r io.Reader) {
	if raw, ok := r.(rawDeflate); ok {
		flates.Put(raw.Reader)
		return
	}
	zlibs.Put(r)
}

var brotlis = sync.Pool{New: func() any { return new(brotli.Reader) }}

func openBrotli(in *bufio.Reader) (io.Reader, error) {
	r := brotlis.Get().(*brotli.Reader)
	return r, r.Reset(in)
}

var zstds sync.Pool // of *zstd.Decoder

// openZstd uses decoders without goroutines, which may be dropped unclosed.
func openZstd(in *bufio.Reader) (io.Reader, error) {
	if r, ok := zstds.Get().(*zstd.Decoder); ok {
		return r, r.Reset(in)
	}
	return zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
}

func closeZstd(r io.Reader) {
	z := r.(*zstd.Decoder)
	if z.Reset(nil) == nil { // lets go of the body
		zstds.Put(z)
	}
}

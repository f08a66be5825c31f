package demo

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// reply is what a handler answers. Handlers return one instead of writing, so
// that encoding, compression and errors stand in one place.
type reply struct {
	status int
	header http.Header
	body   any    // sent as JSON; nil: no body
	text   string // sent instead of body, as mime
	mime   string
}

// compressFrom is the size in bytes from which an answer is worth compressing.
const compressFrom = 512

// answer returns a reply with a status and a body to be sent as JSON.
func answer(status int, body any) *reply {
	return &reply{status: status, header: http.Header{}, body: body}
}

// content returns a reply with a body that is not JSON.
func content(status int, mime, text string) *reply {
	return &reply{status: status, header: http.Header{}, text: text, mime: mime}
}

// with sets a header of the reply.
func (p *reply) with(name, value string) *reply {
	p.header.Add(name, value)
	return p
}

// send writes the reply. A value that JSON cannot hold is answered with 500:
// none of ours is one.
func (p *reply) send(w http.ResponseWriter, r *http.Request) {
	data, mime := []byte(p.text), p.mime
	if p.body != nil {
		var err error
		if data, err = json.Marshal(p.body); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		mime = "application/json; charset=utf-8"
	}
	for name, values := range p.header {
		w.Header()[name] = values
	}
	if mime != "" {
		w.Header().Set("Content-Type", mime)
		data = compress(w.Header(), r, data)
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	}
	w.WriteHeader(p.status)
	_, _ = w.Write(data) // the client is gone: nobody to tell
}

// compress returns data gzipped where the client takes that and it pays. An
// answer with an ETag is sent as it is: the tag stands for exactly those bytes
// (RFC 9110, 8.8.3).
func compress(header http.Header, r *http.Request, data []byte) []byte {
	if len(data) < compressFrom || header.Get("ETag") != "" {
		return data
	}
	header.Add("Vary", "Accept-Encoding")
	if !acceptsGzip(r.Header.Get("Accept-Encoding")) {
		return data
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	header.Set("Content-Encoding", "gzip")
	return packed.Bytes()
}

// acceptsGzip reads an Accept-Encoding (RFC 9110, 12.5.3).
func acceptsGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		coding, weight, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			_, q, _ := strings.Cut(weight, "=")
			value, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			return weight == "" || err == nil && value > 0
		}
	}
	return false
}

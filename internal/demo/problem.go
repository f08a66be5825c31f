package demo

import (
	"errors"
	"fmt"
	"net/http"
)

// problem is an error answer of the API.
type problem struct {
	status int
	header http.Header
	Detail detail `json:"error"`
}

// detail is the one shape of an error.
type detail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	// Field is the field of the request that is wrong, as a path with dots.
	Field string `json:"field,omitempty"`
}

// Error returns the message.
func (p *problem) Error() string { return p.Detail.Message }

// with sets a header of the answer.
func (p *problem) with(name, value string) *problem {
	p.header.Add(name, value)
	return p
}

// fail returns a problem with a status, a code for programs and a message for people.
func fail(status int, code, format string, args ...any) *problem {
	return &problem{status: status, header: http.Header{}, Detail: detail{Code: code, Message: fmt.Sprintf(format, args...)}}
}

// invalid returns the problem of a field whose value cannot be taken.
func invalid(field, format string, args ...any) *problem {
	p := fail(http.StatusUnprocessableEntity, "invalid", format, args...)
	p.Detail.Field = field
	return p
}

// notFound returns the problem of a thing that is not there.
func notFound(what, id string) *problem {
	return fail(http.StatusNotFound, "not_found", "there is no %s %q", what, id)
}

// replyTo turns the error of a handler into its reply.
func replyTo(err error) *reply {
	var p *problem
	if !errors.As(err, &p) {
		p = fail(http.StatusInternalServerError, "internal", "%v", err)
	}
	return &reply{status: p.status, header: p.header, body: p}
}

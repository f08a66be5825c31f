package demo

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// The number of items on a page: where none is asked for, and at most.
const (
	defaultPerPage = 10
	maxPerPage     = 100
)

// page is one page of a list.
type page[T any] struct {
	Items   []T     `json:"items"`
	Page    int     `json:"page"`
	PerPage int     `json:"per_page"`
	Total   int     `json:"total"`
	Next    *string `json:"next"` // null on the last page
}

// paged answers with the page of the items that the request asks for, and with
// links to its neighbours (RFC 8288).
func paged[T any](r *http.Request, items []T) (*reply, error) {
	number, err := numberParam(r, "page", 1, 1<<20)
	if err != nil {
		return nil, err
	}
	size, err := numberParam(r, "per_page", defaultPerPage, maxPerPage)
	if err != nil {
		return nil, err
	}
	from := min((number-1)*size, len(items))
	p := page[T]{Page: number, PerPage: size, Total: len(items), Items: []T{}}
	p.Items = append(p.Items, items[from:min(from+size, len(items))]...)

	last := max(1, (len(items)+size-1)/size)
	var links []string
	link := func(rel string, n int) string {
		target := pageURL(r.URL, n, size)
		links = append(links, `<`+target+`>; rel="`+rel+`"`)
		return target
	}
	if number < last {
		next := link("next", number+1)
		p.Next = &next
	}
	if number > 1 {
		link("prev", min(number-1, last))
	}
	link("first", 1)
	link("last", last)
	return answer(http.StatusOK, p).with("Link", strings.Join(links, ", ")), nil
}

// pageURL returns the request's own URL, with another page in it.
func pageURL(u *url.URL, number, size int) string {
	query := u.Query()
	query.Set("page", strconv.Itoa(number))
	query.Set("per_page", strconv.Itoa(size))
	return (&url.URL{Path: u.Path, RawQuery: query.Encode()}).String()
}

// numberParam reads a parameter that is a number from 1 to most.
func numberParam(r *http.Request, name string, fallback, most int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, invalid(name, "%s must be a number from 1 to %d", name, most)
	}
	return n, nil
}

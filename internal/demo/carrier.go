package demo

import (
	"net/http"
	"strconv"
	"time"
)

// The limits of what askers of the carrier are remembered and may want.
const (
	maxAskers     = 1000
	maxBusy       = 100
	maxRetryAfter = 3600 // seconds
)

// askCarrier is an API that is often busy: it refuses the first requests for
// a parcel and then answers.
func (d *desk) askCarrier(r *http.Request) (*reply, error) {
	busy, err := whole(r, "busy", 1, maxBusy)
	if err != nil {
		return nil, err
	}
	status, err := whole(r, "status", http.StatusServiceUnavailable, 599)
	if err != nil {
		return nil, err
	}
	if status < 400 {
		return nil, invalid("status", "the status must be from 400 to 599")
	}
	after, err := whole(r, "retry_after", -1, maxRetryAfter)
	if err != nil {
		return nil, err
	}
	parcel := clip(r.PathValue("parcel"))
	d.mu.Lock()
	asked := d.askers.get(parcel)
	if asked == nil {
		asked = new(int)
		d.askers.add(parcel, asked)
	}
	*asked++
	n := *asked
	d.mu.Unlock()
	if n > busy {
		return answer(http.StatusOK, map[string]any{"parcel": parcel, "asked": n, "place": "Bremen hub"}), nil
	}
	p := fail(status, "busy", "the carrier is busy, ask again")
	if after >= 0 {
		value := strconv.Itoa(after)
		if r.URL.Query().Get("as") == "date" {
			value = d.now().Add(time.Duration(after) * time.Second).UTC().Format(http.TimeFormat)
		}
		p = p.with("Retry-After", value)
	}
	return nil, p
}

// whole reads a parameter that is a whole number from 0, or gives the usual value.
func whole(r *http.Request, name string, usual, most int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, invalid(name, "%s must be a whole number from 0 to %d", name, most)
	}
	return n, nil
}

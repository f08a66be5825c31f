package demo

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// The choices that the desk keeps in cookies.
var (
	regions = []string{"ch", "eu", "uk"}
	themes  = []string{"light", "dark"}
)

// How long the cookies of choices last.
const (
	regionLife = 365 * 24 * time.Hour
	themeLife  = time.Hour
)

// regionCookie says where the client is. It is sent to every path, has a date
// on which it ends, and scripts may read it.
func (d *desk) regionCookie(region string) string {
	return (&http.Cookie{Name: "region", Value: region, Path: "/",
		Expires: d.now().Add(regionLife), SameSite: http.SameSiteStrictMode}).String()
}

// themeCookie says how pages look. It is sent to /preferences only, and ends
// after so many seconds.
func themeCookie(theme string) string {
	return (&http.Cookie{Name: "theme", Value: theme, Path: "/preferences",
		MaxAge: int(themeLife.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode}).String()
}

// trackingCookie counts visits. It is sent over TLS only.
func trackingCookie() string {
	return (&http.Cookie{Name: "visit", Value: newUUID(), Path: "/",
		Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode}).String()
}

// keepChoices sets three cookies, no two with the same attributes.
func (d *desk) keepChoices(r *http.Request) (*reply, error) {
	var in struct {
		Region string `json:"region"`
		Theme  string `json:"theme"`
	}
	if _, err := readJSON(r, &in); err != nil {
		return nil, err
	}
	if !slices.Contains(regions, in.Region) {
		return nil, invalid("region", "region must be one of %s", strings.Join(regions, ", "))
	}
	if !slices.Contains(themes, in.Theme) {
		return nil, invalid("theme", "theme must be one of %s", strings.Join(themes, ", "))
	}
	return answer(http.StatusOK, in).with("Set-Cookie", d.regionCookie(in.Region)).
		with("Set-Cookie", themeCookie(in.Theme)).with("Set-Cookie", trackingCookie()), nil
}

// forgetChoices takes the cookies away.
func (d *desk) forgetChoices(*http.Request) (*reply, error) {
	rep := answer(http.StatusNoContent, nil)
	for name, path := range map[string]string{"region": "/", "theme": "/preferences", "visit": "/"} {
		rep.with("Set-Cookie", (&http.Cookie{Name: name, Path: path, MaxAge: -1}).String())
	}
	return rep, nil
}

// showCookies answers with the cookies that were sent, the first of each name.
func (d *desk) showCookies(r *http.Request) (*reply, error) {
	sent := map[string]string{}
	for _, c := range slices.Backward(r.Cookies()) {
		sent[c.Name] = c.Value
	}
	return answer(http.StatusOK, sent), nil
}

// chooseRegion sets the region and sends on to what the desk makes of it.
func (d *desk) chooseRegion(r *http.Request) (*reply, error) {
	region := r.PathValue("region")
	if !slices.Contains(regions, region) {
		return nil, notFound("region", clip(region))
	}
	return redirect(http.StatusSeeOther, "/preferences").with("Set-Cookie", d.regionCookie(region)), nil
}

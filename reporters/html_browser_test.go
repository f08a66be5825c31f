package reporters_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/apicel/apicel/runner"
)

// What ends tests whose page never does what they wait for: all of them, and one step.
const (
	browserLimit = 5 * time.Minute
	stepLimit    = time.Minute
)

// chromium is a browser without a window.
type chromium struct{ ctx context.Context }

func startChromium(t *testing.T) chromium {
	t.Helper()
	var path string
	for _, name := range []string{os.Getenv("APICEL_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		t.Skip("there is no Chromium: install it, or name it in APICEL_CHROMIUM")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium has no sandbox for root
	}
	ctx, cancel := context.WithTimeout(context.Background(), browserLimit)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return chromium{ctx}
}

// view is how a page is looked at.
type view struct {
	hash          string
	width, height int64
	dark          bool
	withoutScript bool
}

// opened is a page in a tab of its own. When the test ends it must have broken
// no rule of its policy and have reported no error.
type opened struct {
	*testing.T
	ctx context.Context

	mu       sync.Mutex
	troubles []string
}

// watch runs before the page's script.
const watch = `window.violations = [];
document.addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective + ' ' + e.blockedURI));
document.addEventListener('copy', () => { window.copied = document.activeElement.value; });`

func openHTML(t *testing.T, b chromium, r *runner.Report, v view) *opened {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	p := &opened{T: t, ctx: ctx}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, htmlOf(t, r), 0o644); err != nil {
		t.Fatal(err)
	}
	scheme := "light"
	if v.dark {
		scheme = "dark"
	}
	if v.width == 0 {
		v.width, v.height = 1280, 900
	}
	p.do(chromedp.Navigate("about:blank"))
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	call(p, log.Enable, cdp.Empty{})
	call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
	call(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.withoutScript})
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	p.do(chromedp.EmulateViewport(v.width, v.height), chromedp.Navigate("file://"+filepath.ToSlash(file)+v.hash))
	t.Cleanup(p.close)
	return p
}

func (p *opened) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		p.troubles = append(p.troubles, fmt.Sprintf("%+v", e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		p.troubles = append(p.troubles, fmt.Sprintf("console.%v", e.Type))
	case *log.EventEntryAdded:
		p.troubles = append(p.troubles, e.Entry.Text)
	}
}

func (p *opened) close() {
	if violations := eval[[]string](p, "window.violations || []"); len(violations) > 0 {
		p.Errorf("the policy was broken: %q", violations)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.troubles) > 0 {
		p.Errorf("the browser reported: %q", p.troubles)
	}
}

func call[P, R any](p *opened, command cdp.Command[P, R], params P) {
	p.Helper()
	if _, err := chromedp.Call(p.ctx, command, params); err != nil {
		p.Fatal(err)
	}
}

func (p *opened) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.Fatal(err)
	}
}

func eval[T any](p *opened, expression string) T {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, stepLimit)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return value
}

// wait waits until an expression is true, without what the policy forbids.
func (p *opened) wait(expression string) {
	p.Helper()
	eval[bool](p, `new Promise((done) => { const look = () => (`+expression+`) ? done(true) : requestAnimationFrame(look); look(); })`)
}

func (p *opened) click(selector string) {
	p.Helper()
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

func (p *opened) press(keys string) {
	p.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// texts returns what the elements of a selector say.
func (p *opened) texts(selector string) []string {
	p.Helper()
	return eval[[]string](p, fmt.Sprintf("[...document.querySelectorAll(%q)].map((e) => e.textContent)", selector))
}

func (p *opened) names() []string { return p.texts(".query .name") }

func (p *opened) same(what string, got, want any) {
	p.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		p.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

const focusedName = `(document.activeElement.querySelector('.name, .label') || {}).textContent`

func TestHTMLInBrowser(t *testing.T) {
	b := startChromium(t)
	tests := []struct {
		name string
		test func(t *testing.T, b chromium)
	}{
		{"begins with what failed", beginsWithFailed},
		{"filters", filters},
		{"links show the same", linksShowTheSame},
		{"opens", opens},
		{"copies", copies},
		{"keyboard", keyboard},
		{"waterfall", waterfall},
		{"light and dark", lightAndDark},
		{"phone", phone},
		{"without JavaScript", withoutScript},
		{"hostile", hostileInBrowser},
		{"ten thousand queries", tenThousand},
		{"screenshots", screenshots},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, b) })
	}
}

func beginsWithFailed(t *testing.T, b chromium) {
	p := openHTML(t, b, record().report, view{})
	p.same("heading", p.texts("h1"), []string{"9 of 25 queries failed"})
	names := p.names()
	p.same("queries", []any{len(names), names[0], names[8]}, []any{9, "wrong status", "book a delivery"})
	p.same("why", p.texts(".because")[0], "status: expected 200, found 404 Not Found")
	p.same("problems", len(p.texts(".problem")), 4)
	p.same("source", p.texts(".problem .source")[0], "3 │ querys:\n  │ ^")
	p.same("nothing is open, as there are many", len(p.texts(".detail")), 0)

	r := record().report
	r.Suites = r.Suites[4:]
	few := openHTML(t, b, r, view{})
	few.same("all are open, as there are few", len(few.texts(".detail")), 3)
}

func filters(t *testing.T, b chromium) {
	p := openHTML(t, b, record().report, view{})
	p.click("[data-state=flaky]")
	p.same("flaky", p.names(), []string{"list warehousesflaky"})
	p.click("[data-state=all]")
	p.wait("document.getElementById('tally').hidden")
	p.click("[data-state=skipped]")
	p.same("skipped", len(p.names()), 5)
	eval[bool](p, `document.querySelector('[data-state=flaky]').dispatchEvent(new MouseEvent('click', { shiftKey: true, bubbles: true }))`)
	p.same("skipped and flaky", len(p.names()), 6)
	p.same("pressed", p.texts(".states [aria-pressed=true] .word"), []string{"flaky", "skipped"})
	p.click("[data-state=all]")
	p.do(chromedp.SetValue(chromedp.CSS("#tag"), "rows"))
	eval[bool](p, `document.getElementById('tag').dispatchEvent(new Event('change'))`)
	p.same("tag", p.names(), []string{"price of A1", "price of B2", "price of C3"})
	p.do(chromedp.SendKeys(chromedp.CSS("#search"), "b2"))
	p.wait("document.querySelectorAll('.query').length === 1")
	p.same("text", p.names(), []string{"price of B2"})
	p.same("hash", eval[string](p, "location.hash"), "#state=all&tag=rows&q=b2")
	p.do(chromedp.SendKeys(chromedp.CSS("#search"), "nobody"))
	p.wait("document.querySelectorAll('.query').length === 0")
	p.same("nothing", p.texts("#tally"), []string{"Nothing fits these filters. Show all"})
	p.click("#tally button")
	p.wait("document.getElementById('tally').hidden")
	eval[chromedp.Void](p, "history.back()")
	p.wait("location.hash === '#state=all&tag=rows&q=b2nobody' && !document.getElementById('tally').hidden")
}

func linksShowTheSame(t *testing.T, b chromium) {
	p := openHTML(t, b, record().report, view{hash: "#state=failed&suite=examples%2F_failing%2Fchecks.apicel.yaml&q=SHIPPED"})
	p.same("queries", p.names(), []string{"several checks at once", "never shipped"}[1:])
	p.same("search", eval[string](p, "document.getElementById('search').value"), "SHIPPED")
	linked := openHTML(t, b, record().report, view{hash: "#query=1.2"})
	linked.wait("document.querySelector('.detail')")
	linked.same("focus", eval[string](linked, focusedName), "create order")
	openHTML(t, b, record().report, view{hash: "#state=__proto__&view=constructor&suite=x%ff&query=9.9"})
}

func opens(t *testing.T, b chromium) {
	p := openHTML(t, b, record().report, view{hash: "#state=all"})
	head := `[data-query="2.2"]`
	p.same("closed", eval[string](p, `document.querySelector('`+head+`').getAttribute('aria-expanded')`), "false")
	p.click(head)
	p.same("open", eval[string](p, `document.querySelector('`+head+`').getAttribute('aria-expanded')`), "true")
	p.same("checks", p.texts(".check:not(.problem) h4 code"), []string{
		"header ETag", "json", "cel body.lines.all(l, l.qty > 2)", "capture order_id", "text",
	})
	p.same("difference", p.texts(".value mark"), []string{"two", "2"})
	p.same("diff", p.texts(".diff .expected"), []string{`- state: "shipped"`, "- lines.0.qty: 3"})
	p.same("bodies", p.texts(".body")[0], "{\n  \"customer\": \"acme\",\n  \"sku\": \"A1\",\n  \"qty\": 2\n}\n")
	p.same("timing", p.texts(".legend .part"), []string{"connect 0.2 ms", "first byte 12 ms", "transfer 0.2 ms"})
	p.same("headers are closed", eval[bool](p, "document.querySelector('.headers').open"), false)
	p.click(head)
	p.same("closed again", len(p.texts(".detail")), 0)

	p.click(`[data-query="5.2"]`)
	p.same("attempts", len(p.texts("[role=tab]")), 3)
	p.click("[role=tab]:nth-child(2)")
	p.same("second attempt", p.texts("[role=tabpanel] .found pre"), []string{"503 Service Unavailable"})
	p.press(kb.ArrowLeft)
	p.same("first attempt", p.texts("[role=tabpanel] .error .why"), []string{"read from 127.0.0.1:8080: connection reset by peer"})
	p.click(".waits summary")
	p.same("waits", p.texts(".waits .link"), []string{" open a session", " stock of warehouse 7", " book a delivery"})
}

// copied returns what is on the clipboard by pasting it.
func (p *opened) copied() string {
	p.Helper()
	eval[chromedp.Void](p, "document.body.append(Object.assign(document.createElement('textarea'), { id: 'paste' })); document.getElementById('paste').focus()")
	call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeKeyDown, Key: "v", Code: "KeyV", Commands: []string{"paste"},
	})
	return eval[string](p, "(() => { const e = document.getElementById('paste'); e.remove(); return e.value; })()")
}

func copies(t *testing.T, b chromium) {
	const want = "curl 'http://127.0.0.1:8080/v1/orders/4711' \\\n  -H 'Accept: application/json' \\\n  -H 'User-Agent: apicel/0.1.0'"
	for _, clipboard := range []string{"as it is", "missing", "refusing"} {
		p := openHTML(t, b, record().report, view{hash: "#query=2.1"})
		switch clipboard {
		case "missing":
			eval[chromedp.Void](p, "Object.defineProperty(navigator, 'clipboard', { value: undefined })")
		case "refusing":
			eval[chromedp.Void](p, "navigator.clipboard.writeText = () => Promise.reject(new Error('denied'))")
		}
		p.click(".curl .copy")
		p.wait("document.getElementById('said').textContent === 'Copied'")
		if got := p.copied(); got != want {
			t.Errorf("with the clipboard %s: %q is copied", clipboard, got)
		}
	}
}

func keyboard(t *testing.T, b chromium) {
	p := openHTML(t, b, record().report, view{})
	p.press("j")
	p.same("j", eval[string](p, focusedName), "wrong status")
	p.press("j" + kb.ArrowDown + "k")
	p.same("j, down, k", eval[string](p, focusedName), "several checks at once")
	p.press(kb.Enter)
	p.same("enter opens", len(p.texts(".detail")), 1)
	p.press("c")
	p.wait("document.getElementById('said').textContent === 'Copied'")
	p.press("?")
	p.same("help", eval[bool](p, "document.getElementById('keys').open"), true)
	p.press("j" + kb.Escape)
	p.wait("!document.getElementById('keys').open")
	p.press("/")
	p.press("price")
	p.wait("document.querySelectorAll('.query').length === 1")
	p.press(kb.Escape)
	p.wait("document.querySelectorAll('.query').length === 9")
	p.press("w")
	p.wait("!document.getElementById('waterfall').hidden")
	p.press("n")
	p.same("next failed", eval[string](p, focusedName), "wrong status")
	p.press(kb.Enter)
	p.same("the sheet", p.texts("#sheet h2"), []string{"wrong status"})
	p.press(kb.Escape)
	p.wait("!document.getElementById('sheet').open")

	// Everything that can be clicked can be reached by Tab.
	p.same("no click without focus", p.texts("[onclick], div[role=button], span[role=button]"), []string{})
	p.same("ring", eval[string](p, "getComputedStyle(document.activeElement).outlineStyle"), "solid")
}

func waterfall(t *testing.T, b chromium) {
	p := openHTML(t, b, record().report, view{hash: "#view=waterfall&suite=examples%2F_failing%2Fstock.apicel.yaml"})
	p.same("rows", p.texts(".row .label"), []string{
		"open a session", "list warehouses", "stock of warehouse 7", "price of A1", "price of B2", "price of C3", "book a delivery",
	})
	lefts := eval[[]float64](p, "[...document.querySelectorAll('.stretch')].map((e) => e.getBoundingClientRect().left)")
	if len(lefts) != 6 || !slices.IsSorted([]float64{lefts[0], lefts[1], lefts[2], lefts[5]}) || lefts[1] != lefts[3] {
		t.Errorf("bars begin at %v", lefts)
	}
	p.same("faint edges", len(p.texts(".edge.faint")), 8)
	eval[chromedp.Void](p, `document.querySelector('[data-query="5.7"]').focus()`)
	p.same("lit", p.texts(".row.on .label"), []string{"book a delivery"})
	p.same("what it waited for", p.texts(".row.before .label"), []string{
		"open a session", "list warehouses", "stock of warehouse 7", "price of A1", "price of B2", "price of C3",
	})
	p.same("its own edges", []int{len(p.texts(".edge.own.needs")), len(p.texts(".edge.own.order"))}, []int{1, 3})
	p.same("those before", len(p.texts(".edge.far")), 4)
	p.same("note", strings.Join(p.texts("#focused span, #focused b"), "|"),
		"book a delivery|book a delivery|began at 3.66 s, took 53 ms|waited for 5 queries, the last of them stock of warehouse 7, and 1.0 ms more for its turn")
	width := "document.querySelector('[data-query=\"5.3\"] .stretch').getBoundingClientRect().width"
	before := eval[float64](p, width)
	p.press("-")
	p.same("cannot be smaller than all", eval[float64](p, width), before)
	p.press("+")
	p.wait("!document.querySelector('[data-query=\"5.1\"] .stretch')")
	p.press("0")
	p.same("fits again", eval[float64](p, width), before)
}

const background = "getComputedStyle(document.body).backgroundColor"

func lightAndDark(t *testing.T, b chromium) {
	const light, dark = "rgb(246, 247, 249)", "rgb(14, 17, 22)"
	p := openHTML(t, b, record().report, view{})
	p.same("light", eval[string](p, background), light)
	p.click("#theme")
	p.same("by the button", eval[string](p, background), dark)
	p.do(chromedp.Reload())
	p.same("kept", eval[string](p, background), dark)
	p.press("t")
	p.same("by the key", eval[string](p, background), light)
	eval[chromedp.Void](p, "localStorage.clear()")
	q := openHTML(t, b, record().report, view{dark: true})
	q.same("as the system", eval[string](q, background), dark)
}

func phone(t *testing.T, b chromium) {
	for _, hash := range []string{"#query=2.2", "#query=4.1", "#query=5.3", "#view=waterfall", "#state=all"} {
		p := openHTML(t, b, record().report, view{hash: hash, width: 375, height: 812})
		if width := eval[int](p, "document.documentElement.scrollWidth"); width > 375 {
			t.Errorf("%s: %d pixels wide", hash, width)
		}
	}
}

func withoutScript(t *testing.T, b chromium) {
	p := openHTML(t, b, record().report, view{withoutScript: true})
	text := eval[string](p, "document.body.innerText")
	for _, want := range []string{"9 of 25 queries failed", "What failed", "wrong status", "status: expected 200, found 404 Not Found", "Shard\n2 of 3"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	p.same("no dead buttons", eval[int](p, "[...document.querySelectorAll('button')].filter((e) => e.offsetParent).length"), 0)
}

func hostileInBrowser(t *testing.T, b chromium) {
	for _, hash := range []string{"#state=all", "#view=waterfall"} {
		p := openHTML(t, b, hostileReport(), view{hash: hash})
		if hash == "#state=all" {
			var names []string
			for range 17 {
				p.press("j" + kb.Enter)
				names = append(names, eval[string](p, focusedName))
				eval[chromedp.Void](p, "document.querySelectorAll('.open details').forEach((e) => { e.open = true })")
				eval[chromedp.Void](p, "document.querySelectorAll('.open [role=tab]').forEach((e) => e.click())")
			}
			for _, a := range attacks[:10] {
				if !slices.Contains(names, a) {
					t.Errorf("%q is not shown as it is: %q", a, names)
				}
			}
		} else {
			eval[chromedp.Void](p, "document.querySelectorAll('.row').forEach((e) => { e.focus(); e.click(); document.getElementById('sheet').close() })")
		}
		p.same("nothing ran", eval[bool](p, "'hacked' in window"), false)
		p.same("no foreign elements", eval[[]string](p, "[...new Set([...document.querySelectorAll('img, iframe, object, embed, link, base, [style*=display], [onerror], [onload], [onmouseover]')].map((e) => e.tagName))]"), []string{})
		p.same("scripts and styles", eval[[]int](p, "[document.scripts.length, document.querySelectorAll('style').length]"), []int{3, 1})
	}
}

func tenThousand(t *testing.T, b chromium) {
	const most = 6000
	nodes := "document.querySelectorAll('*').length"
	p := openHTML(t, b, bigReport(10_000, 50, 1000), view{hash: "#state=all"})
	look := func(when string) {
		t.Helper()
		if n := eval[int](p, nodes); n > most {
			t.Errorf("%s: %d elements", when, n)
		}
	}
	look("at first")
	eval[chromedp.Void](p, "scrollTo(0, document.body.scrollHeight)")
	p.wait(`document.querySelector('[data-query="100.100"]') && !document.querySelector('[data-query="1.1"]')`)
	look("at the end")
	p.press("k")
	p.same("last", eval[string](p, focusedName), "read order 9999 of the customer")
	p.press("wj")
	p.wait("document.querySelectorAll('.row').length > 0")
	look("as a waterfall")
	eval[chromedp.Void](p, "scrollTo(0, document.body.scrollHeight / 2)")
	p.wait(`document.querySelector('[data-query="51.1"]')`)
	look("in its middle")
	p.do(chromedp.SendKeys(chromedp.CSS("#search"), "order 5050 of"))
	p.wait("document.querySelectorAll('.row').length === 1")
}

// screenshots writes what to look at after a change to the page.
func screenshots(t *testing.T, b chromium) {
	dir := os.Getenv("APICEL_SCREENSHOTS")
	if dir == "" {
		t.Skip("APICEL_SCREENSHOTS names no folder for them")
	}
	for name, v := range map[string]view{
		"light": {}, "dark": {dark: true}, "phone": {width: 375, height: 812}, "open": {hash: "#query=2.2", height: 1400, width: 1280},
		"waterfall": {hash: "#view=waterfall"}, "attempts": {hash: "#query=5.3", dark: true, width: 1280, height: 900},
	} {
		p := openHTML(t, b, record().report, v)
		picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

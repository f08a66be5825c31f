package assert

import (
	"context"
	"testing"
)

func TestMaxSize(t *testing.T) {
	for _, tt := range []struct {
		limit         string
		size, decoded int
		want          string
	}{
		{"1kB", 1000, 1000, ""},
		{"1kB", 1001, 1001, "at most 1000 bytes|1001 bytes|"},
		{"64KiB", 65537, 65537, "at most 64KiB (65536 bytes)|64 KiB (65537 bytes)|"},
		{"10kB", 10241, 30000, "at most 10kB (10000 bytes)|10 KiB (10241 bytes)|" +
			"this is the body as it was received; with its content encoding undone it has 30 kB"},
		{"${string(vars.want) + 'B'}", 4, 4, "at most 3 bytes|4 bytes|"},
		{"${string(vars.want) + 'B'}", 3, 3, ""},
		{"${string(vars.want)}", 3, 3, `||the size 3 has no unit, write 3B for bytes, or kB, MiB and the like`},
		{"${string(captures.earlier) + 'B'}", 8, 8, "at most ***|8 bytes|"},
		{"${string(captures.earlier)}", 8, 8, "||the text is no size, and not shown because it is computed from a secret"},
	} {
		b := load(t, "suite.yaml", suiteWith("", "max_size: "+tt.limit))
		secret := WithSecretCaptures(func(string) bool { return true })
		checks, problems := Compile(b.compiler, nil, b.query().Expect, secret)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		r := answer(t, "HTTP/1.1 200 OK\n\n")
		r.Size, r.Body = int64(tt.size), make([]byte, tt.decoded)
		got := ""
		for _, f := range checks.Judge(context.Background(), b.activation(r)) {
			got += f.Expected + "|" + f.Found + "|" + f.Message
		}
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.limit, got, tt.want)
		}
	}
}

package reporters

import (
	"strings"
	"testing"

	"github.com/apicel/apicel/runner"
)

func TestCurlRoute(t *testing.T) {
	tests := []struct {
		name   string
		route  runner.Route
		header []string
		want   string
	}{
		{"HTTP/1.1", runner.Route{HTTP: "1.1"}, nil, `--http1.1`},
		{"HTTP/2", runner.Route{HTTP: "2"}, nil, `--http2`},
		{"h2c", runner.Route{HTTP: "h2c"}, nil, `--http2-prior-knowledge`},
		{"no proxy", runner.Route{Proxy: "none"}, nil, `--noproxy '*'`},
		{"proxy", runner.Route{Proxy: "http://me:***@127.0.0.1:3128"}, nil, `--proxy "http://me:$PROXY_PASSWORD@127.0.0.1:3128"`},
		{"socket", runner.Route{UnixSocket: "/run/it's.sock"}, nil, `--unix-socket '/run/it'\''s.sock'`},
		{"resolve", runner.Route{Resolve: []string{"api.test=127.0.0.1", "api.test:443=[::1]:8443", "::1=::2"}}, nil,
			"--connect-to 'api.test::127.0.0.1:' --connect-to 'api.test:443:[::1]:8443' --connect-to '[::1]::[::2]:'"},
		{"files", runner.Route{CACert: "suites/ca.pem", ClientCert: "c.pem", ClientKey: "k.pem", KeyPassword: true}, nil,
			`--cacert 'suites/ca.pem' --cert 'c.pem' --key 'k.pem' --pass "$KEY_PASSWORD"`},
		{"inline", runner.Route{CACert: "-"}, nil, `--cacert 'ca_cert.pem'`},
		{"trust", runner.Route{Insecure: true, MinTLS: "1.3", Pins: []string{"YQ==", "Yg=="}}, nil,
			`--insecure --tlsv1.3 --pinnedpubkey 'sha256//YQ==;sha256//Yg=='`},
		{"digest", runner.Route{}, []string{"Authorization", "Digest ***"}, `--digest --user "$DIGEST_USER:$DIGEST_PASSWORD"`},
		{"AWS", runner.Route{AWS: "eu-west-1:execute-api"}, []string{"Authorization", "AWS4-HMAC-SHA256 ***", "X-Amz-Date", "20260101T000000Z"},
			`--aws-sigv4 'aws:amz:eu-west-1:execute-api' --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := request("GET", "https://api.test/", "", append([]string{"User-Agent", "a"}, tt.header...)...)
			m.Route = &tt.route
			got := strings.ReplaceAll(strings.ReplaceAll(curlText(0, m), " \\\n", ""), "  ", " ")
			if !strings.Contains(got, tt.want) || strings.Contains(got, "-H 'X-Amz") || strings.Contains(got, "-H \"Auth") {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

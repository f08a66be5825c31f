package spec

import "strings"

// proxySchema is the URL of a proxy, or none.
func proxySchema(*schemaMaker) *schemaNode {
	return &schemaNode{
		Type:         typeList{"string"},
		Pattern:      "^" + NoProxy + `$|^(` + anyCase("http") + "[Ss]?|" + anyCase("socks") + `5[Hh]?)://([^\s/?#@]*@)?` + urlHost + `/?$` + orTemplate,
		ErrorMessage: "write a URL such as http://proxy.example.com:3128, with http, https, socks5 or socks5h, or none",
	}
}

// socketSchema is the path of a socket.
func socketSchema(*schemaMaker) *schemaNode {
	n := (&schemaNode{Type: typeList{"string"}, Pattern: `^\s*\S.{0,102}$` + orTemplate, ErrorMessage: "write the path of a socket"}).asFile()
	n.Then.ErrorMessage = "write the path of a socket, not a URL or a folder"
	return n
}

const (
	hostName = `[^\s/?#@*:\[\]]+|\[[0-9A-Fa-f:.]+(%[^\s\]]+)?\]`
	// bareIPv6 is an address with two colons at least, which has no port.
	bareIPv6    = `^[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(%\S+)?$`
	hostPattern = `^(` + hostName + `)(:[0-9]{1,5})?$|` + bareIPv6
	hostMessage = "write a name or an IP address, with or without a port"
)

// resolveSchema is a map of hosts and the addresses to connect to instead.
func resolveSchema(*schemaMaker) *schemaNode {
	return &schemaNode{
		Type:       typeList{"object"},
		Names:      &schemaNode{Title: "host", Pattern: hostPattern, ErrorMessage: hostMessage},
		Additional: &schemaNode{Title: "address", Type: typeList{"string"}, Pattern: hostPattern + orTemplate, ErrorMessage: hostMessage},
	}
}

func rateSchema(*schemaMaker) *schemaNode {
	unit := strings.Join(rateUnits, "|")
	return &schemaNode{
		Type: typeList{"string"}, Pattern: `^0*([1-9][0-9]{0,5}|1000000)/(` + unit + `|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$` + orTemplate,
		ErrorMessage: "write a number of requests and a time, like 50/s, 100/1m or 10/500ms",
	}
}

func concurrencySchema(*schemaMaker) *schemaNode {
	return &schemaNode{Type: typeList{"integer"}, Minimum: number(1), Maximum: number(MaxConcurrency)}
}

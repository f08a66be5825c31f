//go:build !unix

package cli

func outliveLimits() {}

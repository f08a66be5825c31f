//go:build !unix

package files

// atOnce is for systems where opening a file can wait.
const atOnce = 0

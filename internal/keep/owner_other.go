//go:build !unix

package keep

import "io/fs"

// On Windows a folder below the user's profile is closed to others by what it
// inherits, and the bits that Go makes up say nothing of it.
func isOwn(fs.FileInfo) bool { return true }

func permissions(fs.FileInfo) fs.FileMode { return 0 }

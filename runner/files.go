package runner

import (
	"sync"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
)

// Lengths in bytes that files named in suites may have.
const (
	// MaxFile is that of every file that has no limit of its own: bodies, parts,
	// schemas, and what file() reads.
	MaxFile = expr.MaxFile
	// MaxRowsFile is that of a file of rows.
	MaxRowsFile = 256 << 20
	// MaxCertificateFile is that of certificates and keys.
	MaxCertificateFile = 1 << 20
)

// fileCache reads the files that the suites of a plan name, each of them once,
// however many queries and suites send it.
type fileCache struct {
	mu    sync.Mutex
	known map[string]*cachedFile
}

type cachedFile struct {
	once sync.Once
	data []byte
	err  error
}

// suiteFiles is the cache under the policy of one suite.
type suiteFiles struct {
	cache  *fileCache
	policy *files.Policy
}

// read returns the content of the file at path, which stands in the file from.
// The policy is asked each time: what one suite may read another may not.
func (s suiteFiles) read(from, path string) ([]byte, error) {
	abs, err := s.policy.Path(from, path)
	if err != nil {
		return nil, err
	}
	s.cache.mu.Lock()
	f := s.cache.known[abs]
	if f == nil {
		f = &cachedFile{}
		s.cache.known[abs] = f
	}
	s.cache.mu.Unlock()
	f.once.Do(func() { f.data, f.err = s.policy.Read(from, path, MaxFile) })
	return f.data, f.err
}

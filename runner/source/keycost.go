package source

import (
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // it is what older keys are encrypted with
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"

	"github.com/youmark/pkcs8"
	"golang.org/x/crypto/scrypt"
)

// An encrypted key says itself how much work it is to open, so that a file could
// keep the client busy for hours. These bound it, far above what tools write.
const (
	maxIterations = 2_000_000
	maxScryptSize = 64 << 20 // bytes of memory
	maxScryptWork = 4        // passes over it
)

var errCostly = errors.New("too costly to open")

func init() {
	pkcs8.RegisterKDF(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}, func() pkcs8.KDFParameters { return new(boundedPBKDF2) })
	pkcs8.RegisterKDF(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}, func() pkcs8.KDFParameters { return new(boundedScrypt) })
}

// boundedPBKDF2 are the parameters of RFC 8018, A.2.
type boundedPBKDF2 struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

// DeriveKey implements pkcs8.KDFParameters.
func (p boundedPBKDF2) DeriveKey(password []byte, size int) ([]byte, error) {
	if p.Iterations < 1 || p.Iterations > maxIterations {
		return nil, errCostly
	}
	prf, ok := prfs[p.PRF.Algorithm.String()]
	if !ok {
		return nil, errors.New("unsupported hash function")
	}
	return pbkdf2.Key(prf, string(password), p.Salt, p.Iterations, size)
}

// prfs are the functions of RFC 8018, B.1; the first is the one that is meant
// where none is named.
var prfs = map[string]func() hash.Hash{
	"":                    sha1.New,
	"1.2.840.113549.2.7":  sha1.New,
	"1.2.840.113549.2.8":  sha256.New224,
	"1.2.840.113549.2.9":  sha256.New,
	"1.2.840.113549.2.10": sha512.New384,
	"1.2.840.113549.2.11": sha512.New,
}

// boundedScrypt are the parameters of RFC 7914, 7.
type boundedScrypt struct {
	Salt               []byte
	N, BlockSize, Pass int
	KeyLength          int `asn1:"optional"`
}

// DeriveKey implements pkcs8.KDFParameters.
func (p boundedScrypt) DeriveKey(password []byte, size int) ([]byte, error) {
	if p.N < 2 || p.BlockSize < 1 || p.Pass < 1 {
		return nil, errors.New("invalid KDF parameters")
	}
	if p.Pass > maxScryptWork || p.BlockSize > maxScryptSize/128 || p.N > maxScryptSize/128/p.BlockSize {
		return nil, errCostly
	}
	return scrypt.Key(password, p.Salt, p.N, p.BlockSize, p.Pass, size)
}

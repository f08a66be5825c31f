package expr

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Stream returns the random numbers of one row of one query of a suite (row 0
// where there are no rows). They follow from the arguments alone, so that they
// do not depend on what runs when.
func Stream(seed uint64, suite, query string, row int) *rand.Rand {
	h := sha256.New()
	number := func(n uint64) { _ = binary.Write(h, binary.BigEndian, n) } // a hash takes everything
	text := func(s string) {
		number(uint64(len(s)))
		h.Write([]byte(s))
	}
	number(seed)
	text(suite)
	text(query)
	number(uint64(row))
	return rand.New(rand.NewChaCha8([32]byte(h.Sum(nil))))
}

// newUUID draws a random UUID (RFC 9562, version 4).
func newUUID(r *rand.Rand) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], r.Uint64())
	binary.BigEndian.PutUint64(b[8:], r.Uint64())
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// randomInt draws from lo to hi, both included.
func randomInt(r *rand.Rand, lo, hi types.Int) ref.Val {
	if lo > hi {
		return types.WrapErr(&EvalError{
			Message: "random_int got a lower end that is above the upper end",
			Hint:    "write the smaller number first",
		})
	}
	span := uint64(hi) - uint64(lo) + 1 // 0 where all of int64 is wanted
	if span == 0 {
		return types.Int(r.Uint64())
	}
	return types.Int(uint64(lo) + r.Uint64N(span))
}

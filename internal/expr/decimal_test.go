package expr

import (
	"strings"
	"testing"

	"github.com/apicel/apicel/spec"
)

// Numbers that differ are never equal, also where both become the same double.
func TestNumbersAreComparedExactly(t *testing.T) {
	c := newTestCompiler(t)
	a := testActivation()
	a.Row = FromJSON([]byte(`{"huge": 1e400, "huger": 1e999999999, "big": 9007199254740993, "u": 18446744073709551615, "ou": 18446744073709551616,
		"exp": 1e3, "price": 1.10, "same": 1.1, "third": 0.30000000000000004, "long": 0.299999999999999999999, "less": 0.30, "zero": -0, "none": 0.0e5,
		"neg": -1e400, "far": 1e99999999999999999999, "farther": 1e199999999999999999999, "tiny": 1e-400, "half": 9007199254740993.5}`))
	for _, text := range []string{
		`row.huge != row.huger`, `row.huge < row.huger`, `row.neg < row.huge`, `row.far < row.farther`, `row.huge > 1.0e308`, `row.huge != double("Infinity")`, `row.huge < double("Infinity")`,
		`row.big != 9007199254740992.0`, `dyn(9007199254740993) != 9007199254740992.0`, `9007199254740993 > 9007199254740992.0`, `dyn(9007199254740992) == 9007199254740992.0`, `row.big > 9007199254740992.0`,
		`9007199254740992.0 < row.big`, `row.ou != row.u`, `row.u < row.ou`, `row.ou == 18446744073709551616.0`, `row.u != 18446744073709551616.0`,
		`row.exp == 1000`, `row.exp == 1000.0`, `1000 == row.exp`, `row.price == 1.1`, `1.1 == row.price`, `row.price == row.same`, `row.third == 0.30000000000000004`, `row.third != 0.3`,
		`row.long != row.less`, `row.long < row.less`, `row.zero == 0`, `row.zero == 0.0`, `row.none == 0`, `row.none == row.zero`, `row.tiny > row.zero`, `row.tiny != row.zero`,
		`!(row.big in [9007199254740992.0])`, `dyn(1) == 1.0`, `dyn(1u) == 1.0`, `2 > 1.5`, `1.5 < 2`, `-1 < 0.5`, `row.half > 9007199254740993`, `row.half != row.big`,
		`dyn(double("NaN")) != 1`, `!(1 < double("NaN")) || true`, `dyn(9223372036854775807) != 9223372036854775808.0`,
	} {
		if ok, err := mustExpr(t, c, text, spec.ScopeCheck).EvalBool(background, a); !ok {
			t.Errorf("%s: %v %v", text, ok, err)
		}
	}
}

// An answer may hold exponents of a megabyte, with which nobody computes.
func TestEndlessExponents(t *testing.T) {
	c := newTestCompiler(t)
	a := testActivation()
	far := "1e" + strings.Repeat("9", 2_000_000)
	a.Row = FromJSON([]byte(`{"far": ` + far + `, "same": ` + far + `, "other": 2` + far[1:] + `, "near": 1e-` + far[2:] + `}`))
	for _, text := range []string{
		`row.far == row.same`, `row.far != row.other`, `row.far > 2`, `2 < row.far`, `row.far > 1e308`, `row.near < 2`, `row.near < row.far`, `row.near != 0`,
	} {
		if ok, err := mustExpr(t, c, text, spec.ScopeCheck).EvalBool(background, a); !ok {
			t.Errorf("%s: %v %v", text, ok, err)
		}
	}
}

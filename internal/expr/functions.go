package expr

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/tidwall/gjson"
)

// functions declares spec.Functions. Those without a binding here are bound when
// an expression is evaluated (see functionActivation), since what they give
// belongs to the activation or to the place of the expression.
func functions() []cel.EnvOption {
	str, bin, dyn := cel.StringType, cel.BytesType, cel.DynType
	return []cel.EnvOption{
		cel.Function("uuid", cel.Overload("uuid", nil, str, cel.LateFunctionBinding())),
		cel.Function("now", cel.Overload("now", nil, cel.TimestampType, cel.LateFunctionBinding())),
		cel.Function("random_int", cel.Overload("random_int_int_int", []*cel.Type{cel.IntType, cel.IntType}, cel.IntType, cel.LateFunctionBinding())),
		cel.Function("header_values",
			cel.Overload("header_values_string", []*cel.Type{str}, cel.ListType(str), cel.LateFunctionBinding())),
		cel.Function(fileFunction, cel.Overload("file_string", []*cel.Type{str}, bin, cel.LateFunctionBinding())),
		cel.Function("jwt", cel.Overload("jwt_string", []*cel.Type{str}, cel.MapType(str, dyn), cel.UnaryBinding(claims))),
		cel.Function("gjson", cel.Overload("gjson_dyn_string", []*cel.Type{dyn, str}, dyn, cel.BinaryBinding(pick))),
		cel.Function("merge", cel.Overload("merge_dyn_dyn", []*cel.Type{dyn, dyn}, dyn, cel.BinaryBinding(merge))),
		cel.Function("sha256",
			cel.Overload("sha256_string", []*cel.Type{str}, bin, cel.UnaryBinding(digest)),
			cel.Overload("sha256_bytes", []*cel.Type{bin}, bin, cel.UnaryBinding(digest))),
		cel.Function("hmac_sha256",
			cel.Overload("hmac_sha256_string_string", []*cel.Type{str, str}, bin, cel.BinaryBinding(mac)),
			cel.Overload("hmac_sha256_string_bytes", []*cel.Type{str, bin}, bin, cel.BinaryBinding(mac)),
			cel.Overload("hmac_sha256_bytes_string", []*cel.Type{bin, str}, bin, cel.BinaryBinding(mac)),
			cel.Overload("hmac_sha256_bytes_bytes", []*cel.Type{bin, bin}, bin, cel.BinaryBinding(mac))),
		cel.Function("hex", cel.Overload("hex_bytes", []*cel.Type{bin}, str, cel.UnaryBinding(toHex))),
		cel.Function("url_encode", cel.Overload("url_encode_string", []*cel.Type{str}, str, cel.UnaryBinding(urlEncode))),
	}
}

// octets returns the bytes of a string or bytes.
func octets(v ref.Val) []byte {
	if b, ok := v.(types.Bytes); ok {
		return b
	}
	s, _ := v.(types.String)
	return []byte(s)
}

func digest(v ref.Val) ref.Val {
	sum := sha256.Sum256(octets(v))
	return types.Bytes(sum[:])
}

func mac(key, v ref.Val) ref.Val {
	h := hmac.New(sha256.New, octets(key))
	h.Write(octets(v))
	return types.Bytes(h.Sum(nil))
}

func toHex(v ref.Val) ref.Val { return types.String(hex.EncodeToString(octets(v))) }

func urlEncode(v ref.Val) ref.Val {
	s, _ := v.(types.String)
	return types.String(queryEscape(string(s)))
}

// queryEscape percent-encodes everything but the unreserved characters of RFC
// 3986, so that the result may stand in a path segment and in a query value.
func queryEscape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// document returns the JSON that v stands for: strings and bytes are taken for
// JSON text.
func document(v ref.Val) (string, error) {
	switch v := asSpelled(v).(type) {
	case jsonValue:
		return v.json(), nil
	case types.String, types.Bytes:
		s := string(octets(v))
		if err := CheckJSON(s); err != nil {
			return "", fmt.Errorf("the text is not JSON: %w", err)
		}
		return s, nil
	}
	out, err := ToJSON(v)
	return string(out), err
}

// pick is the function gjson. What a path does not find is an error, because a
// null would compare equal to a null that is there.
func pick(v, p ref.Val) ref.Val {
	doc, err := document(v)
	if err != nil {
		return types.WrapErr(&EvalError{Message: "gjson() cannot look into the value: " + err.Error()})
	}
	path, _ := p.(types.String)
	if f := CheckPath(string(path)); f != nil {
		return types.WrapErr(&EvalError{Message: f.Message, Hint: f.Hint})
	}
	if f := CheckLookup(gjson.Parse(doc), string(path)); f != nil {
		return types.WrapErr(&EvalError{Message: f.Message, Hint: f.Hint})
	}
	found := Lookup(gjson.Parse(doc), string(path))
	if !HasUniqueKeys(v) {
		if found, err = readTwice(doc, string(path)); err != nil {
			return types.WrapErr(err)
		}
	}
	if !found.Exists() {
		return types.WrapErr(&EvalError{
			Message: fmt.Sprintf("the gjson path %q finds nothing", string(path)),
			Hint:    pathHint(fromJSON(doc), string(path)),
			Missing: true,
		})
	}
	// Modifiers may make text that is no JSON.
	if strings.ContainsAny(string(path), "@!") && CheckJSON(found.Raw) != nil {
		return types.String(found.Raw)
	}
	return fromJSON(found.Raw)
}

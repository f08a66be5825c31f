package expr

import (
	"encoding/base64"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// encoders declares what the later versions of CEL's encoder library add, under
// its names. CEL's own give JSON numbers up to 2^53 only and charge each call as
// if it had no end; these keep numbers as they are spelled and count what they
// write (see costs). YAML is left out: its aliases make much of little.
func encoders() []cel.EnvOption {
	str, bin, dyn := cel.StringType, cel.BytesType, cel.DynType
	return []cel.EnvOption{
		cel.Function("base64.encodeUrl", cel.Overload("base64_encode_url_bytes", []*cel.Type{bin}, str, cel.UnaryBinding(encodeURL))),
		cel.Function("base64.decodeUrl", cel.Overload("base64_decode_url_string", []*cel.Type{str}, bin, cel.UnaryBinding(decodeURL))),
		cel.Function("json.encode", cel.Overload("json_encode_dyn", []*cel.Type{dyn}, str, cel.UnaryBinding(encodeJSON))),
		cel.Function("json.parse", cel.Overload("json_parse_string", []*cel.Type{str}, cel.OptionalType(dyn), cel.UnaryBinding(parseJSON))),
	}
}

// encodeURL pads its result, as base64.encode does.
func encodeURL(v ref.Val) ref.Val {
	return types.String(base64.URLEncoding.EncodeToString(octets(v)))
}

// decodeURL takes text with and without padding.
func decodeURL(v ref.Val) ref.Val {
	s, _ := v.(types.String)
	out, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(string(s), "="))
	if err != nil {
		return types.WrapErr(&EvalError{
			Message: "base64.decodeUrl() got text that is not base64url",
			Hint:    "base64.decode() takes base64 with + and /",
		})
	}
	return types.Bytes(out)
}

func encodeJSON(v ref.Val) ref.Val {
	out, err := ToJSON(v)
	if err != nil {
		message, hint, _ := strings.Cut(err.Error(), "; ")
		return types.WrapErr(&EvalError{Message: "json.encode() takes JSON values: " + message, Hint: hint})
	}
	return types.String(compact(out))
}

// parseJSON gives nothing for what is no JSON, as CEL's own does.
func parseJSON(v ref.Val) ref.Val {
	s, _ := v.(types.String)
	if CheckJSON(string(s)) != nil {
		return types.OptionalNone
	}
	return types.OptionalOf(fromJSON(string(s)))
}

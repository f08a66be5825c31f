package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sort"
	"strings"

	"github.com/joho/godotenv"

	"github.com/apicel/apicel/spec"
)

// MaxVarsFile is the length in bytes that a vars file may have.
const MaxVarsFile = 4 << 20

// ParseVarsFile reads the content of a vars file: NAME=VALUE lines where the
// name is one of dotenv's, such as .env, .env.local or ci.env, else YAML, of which JSON is a part, with one map from names
// to JSON values. Errors name the place.
func ParseVarsFile(name string, data []byte) (VarsFile, error) {
	if len(data) > MaxVarsFile {
		return VarsFile{}, fmt.Errorf("%s: %d bytes, expected at most %d", name, len(data), MaxVarsFile)
	}
	if isDotenv(name) {
		return parseDotenv(name, data)
	}
	values, problems := spec.ParseVars(spec.NewFile(filepath.ToSlash(name), data))
	if problems.HasErrors() {
		errs := make([]error, len(problems))
		for i, p := range problems {
			errs[i] = p
		}
		return VarsFile{}, errors.Join(errs...)
	}
	file := VarsFile{Name: name}
	for _, v := range values {
		file.Values = append(file.Values, Input{Name: v.Name.Value, JSON: appendJSON(nil, v.Value)})
	}
	return file, nil
}

// isDotenv tells whether a file is named as dotenv's are.
func isDotenv(name string) bool {
	base := filepath.Base(name)
	return filepath.Ext(base) == ".env" || strings.HasPrefix(base, ".env.")
}

// AddEnvFile adds to the environment what an env file sets, NAME=VALUE lines
// whatever its name is, and the environment does not: a variable that is really set
// wins, also where it is empty. Of two files the one that is added first wins.
func AddEnvFile(env map[string]string, name string, data []byte) error {
	if len(data) > MaxVarsFile {
		return fmt.Errorf("%s: %d bytes, expected at most %d", name, len(data), MaxVarsFile)
	}
	file, err := parseDotenv(name, data)
	if err != nil {
		return err
	}
	for _, v := range file.Values {
		if _, set := env[v.Name]; !set {
			env[v.Name] = v.Text
		}
	}
	return nil
}

func parseDotenv(name string, data []byte) (VarsFile, error) {
	values, err := godotenv.UnmarshalBytes(data)
	if err != nil {
		return VarsFile{}, fmt.Errorf("%s: %s, expected lines of NAME=VALUE", name, firstLine(err.Error()))
	}
	file := VarsFile{Name: name}
	for k, v := range values {
		file.Values = append(file.Values, Input{Name: k, Text: v, IsText: true})
	}
	sort.Slice(file.Values, func(i, j int) bool { return file.Values[i].Name < file.Values[j].Name })
	return file, nil
}

// firstLine keeps a parser's complaint and leaves out what it quotes of the
// file, which may hold values that nobody should see.
func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	s, _, _ = strings.Cut(s, " near ")
	return s
}

// appendJSON appends a value as JSON, with numbers as they are spelled and
// text as it stands: values from outside are data, not templates.
func appendJSON(b []byte, v spec.Value) []byte {
	switch v.Kind {
	case spec.Null:
		return append(b, "null"...)
	case spec.Bool, spec.Number:
		return append(b, v.Scalar.Value...)
	case spec.Text:
		return appendQuoted(b, v.Scalar.Value)
	case spec.List:
		b = append(b, '[')
		for i, item := range v.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, item)
		}
		return append(b, ']')
	}
	b = append(b, '{')
	for i, m := range v.Members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, m.Key.Value), ':')
		b = appendJSON(b, m.Value)
	}
	return append(b, '}')
}

func appendQuoted(b []byte, s string) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return append(b, `""`...) // a string always encodes
	}
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

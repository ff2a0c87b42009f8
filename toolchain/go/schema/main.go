// Command schema prints, as JSON, the types against which one version of istioctl checks an
// IstioOperator: its spec, `spec.values` and `spec.meshConfig`.
//
// The tables in mesh/data/schema come from it. In the folder of a version's go.mod:
//
//	go run ../schema/main.go ../schema/types.go > ../../../mesh/data/schema/1.29.json
//
// A version without such a folder takes a go.mod that requires its istio.io/istio, with that
// module's own go.sum; 1.23 keeps its types elsewhere (types123.go instead of types.go).
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Table is the types of one version. A type is its fields by name, each with the name of a type:
// a scalar, `any`, `list<T>`, `map<T>` or another entry.
type Table struct {
	Roots map[string]string
	Enums map[string][]string
	Types map[string]map[string]string
}

func main() {
	table := &Table{Roots: map[string]string{}, Enums: map[string][]string{}, Types: map[string]map[string]string{}}
	table.Roots["operator"] = table.goType(operatorType)
	table.Roots["values"] = table.message(valuesType)
	table.Roots["meshConfig"] = table.message(meshConfigType)
	if err := table.print(); err != nil {
		fmt.Fprintln(os.Stderr, "schema:", err)
		os.Exit(1)
	}
}

// print writes one type on a line, so that two versions can be compared.
func (t *Table) print() error {
	roots, err := encode(t.Roots)
	if err != nil {
		return err
	}
	enums, err := lines(t.Enums)
	if err != nil {
		return err
	}
	types, err := lines(t.Types)
	if err != nil {
		return err
	}
	fmt.Printf("{\n\"roots\": %s,\n\"enums\": {\n%s\n},\n\"types\": {\n%s\n}\n}\n", roots, enums, types)
	return nil
}

func lines[T any](entries map[string]T) (string, error) {
	out := []string{}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		text, err := encode(entries[name])
		if err != nil {
			return "", err
		}
		out = append(out, fmt.Sprintf("%q: %s", name, text))
	}
	return strings.Join(out, ",\n"), nil
}

func encode(value any) (string, error) {
	out := &bytes.Buffer{}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSpace(out.String()), err
}

// wellKnown are messages that JSON does not write field by field.
var wellKnown = map[protoreflect.FullName]string{
	"google.protobuf.Value":       "any",
	"google.protobuf.Struct":      "object",
	"google.protobuf.ListValue":   "list<any>",
	"google.protobuf.Duration":    "duration",
	"google.protobuf.BoolValue":   "bool",
	"google.protobuf.StringValue": "string",
	"google.protobuf.Int32Value":  "int32OrText",
	"google.protobuf.UInt32Value": "uint32OrText",
	"google.protobuf.Int64Value":  "int64OrText",
	"google.protobuf.UInt64Value": "uint64OrText",
	"google.protobuf.DoubleValue": "doubleOrText",
	"google.protobuf.FloatValue":  "doubleOrText",
}

func (t *Table) message(md protoreflect.MessageDescriptor) string {
	if name, ok := wellKnown[md.FullName()]; ok {
		return name
	}
	if md.Name() == "IntOrString" && !isKubernetes(md) {
		return "intOrString"
	}
	name := string(md.FullName())
	if _, known := t.Types[name]; known {
		return name
	}
	fields := map[string]string{}
	t.Types[name] = fields
	for i := 0; i < md.Fields().Len(); i++ {
		field := md.Fields().Get(i)
		kind := t.protoField(field)
		if of, ok := checkedStructs[string(md.Name())+"."+field.JSONName()]; ok {
			kind = strings.Replace(kind, "object", t.goType(of), 1)
		}
		fields[string(field.Name())] = kind
		fields[field.JSONName()] = kind
	}
	return name
}

// isKubernetes tells Kubernetes' IntOrString from Istio's, which reads JSON itself.
func isKubernetes(md protoreflect.MessageDescriptor) bool {
	return strings.HasPrefix(string(md.FullName()), "k8s.io.")
}

func (t *Table) protoField(field protoreflect.FieldDescriptor) string {
	switch {
	case field.IsMap():
		return "map<" + t.protoKind(field.MapValue()) + ">"
	case field.IsList():
		return "list<" + t.protoKind(field) + ">"
	default:
		return t.protoKind(field)
	}
}

// protoKinds: the JSON of a message may hold a number as text.
var protoKinds = map[protoreflect.Kind]string{
	protoreflect.BoolKind:     "bool",
	protoreflect.StringKind:   "string",
	protoreflect.BytesKind:    "bytes",
	protoreflect.Int32Kind:    "int32OrText",
	protoreflect.Sint32Kind:   "int32OrText",
	protoreflect.Sfixed32Kind: "int32OrText",
	protoreflect.Uint32Kind:   "uint32OrText",
	protoreflect.Fixed32Kind:  "uint32OrText",
	protoreflect.Int64Kind:    "int64OrText",
	protoreflect.Sint64Kind:   "int64OrText",
	protoreflect.Sfixed64Kind: "int64OrText",
	protoreflect.Uint64Kind:   "uint64OrText",
	protoreflect.Fixed64Kind:  "uint64OrText",
	protoreflect.FloatKind:    "doubleOrText",
	protoreflect.DoubleKind:   "doubleOrText",
}

func (t *Table) protoKind(field protoreflect.FieldDescriptor) string {
	switch field.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return t.message(field.Message())
	case protoreflect.EnumKind:
		return t.enum(field.Enum())
	default:
		return protoKinds[field.Kind()]
	}
}

func (t *Table) enum(ed protoreflect.EnumDescriptor) string {
	name := string(ed.FullName())
	values := []string{}
	for i := 0; i < ed.Values().Len(); i++ {
		values = append(values, string(ed.Values().Get(i).Name()))
	}
	t.Enums[name] = values
	return name
}

// plainGo are Go types that read JSON themselves.
var plainGo = map[string]string{
	"resource.Quantity":    "quantity",
	"intstr.IntOrString":   "intOrString",
	"v1.Time":              "string",
	"v1.MicroTime":         "string",
	"v1.FieldsV1":          "any",
	"json.RawMessage":      "any",
	"apis.BoolValue":       "bool",
	"v1alpha1.BoolValue":   "bool",
	"structpb.Value":       "any",
	"structpb.Struct":      "object",
	"wrapperspb.BoolValue": "bool",
}

func (t *Table) goType(of reflect.Type) string {
	if name, ok := plainGo[of.String()]; ok {
		return name
	}
	if message, ok := reflect.Zero(of).Interface().(protoreflect.ProtoMessage); ok {
		return t.message(message.ProtoReflect().Descriptor())
	}
	switch of.Kind() {
	case reflect.Pointer:
		return t.goType(of.Elem())
	case reflect.Interface:
		return "any"
	case reflect.Slice:
		if of.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "list<" + t.goType(of.Elem()) + ">"
	case reflect.Map:
		return "map<" + t.goType(of.Elem()) + ">"
	case reflect.Struct:
		return t.goStruct(of)
	case reflect.Float32, reflect.Float64:
		return "double"
	default:
		return of.Kind().String()
	}
}

func (t *Table) goStruct(of reflect.Type) string {
	path := strings.Split(of.PkgPath(), "/")
	name := strings.Join(path[max(0, len(path)-2):], "/") + "." + of.Name()
	if _, known := t.Types[name]; known {
		return name
	}
	t.Types[name] = map[string]string{}
	t.goFields(of, t.Types[name])
	return name
}

// goFields adds the fields of a struct and of those it embeds.
func (t *Table) goFields(of reflect.Type, fields map[string]string) {
	for i := 0; i < of.NumField(); i++ {
		field := of.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" || !field.IsExported():
		case field.Anonymous && name == "":
			t.goFields(field.Type, fields)
		case name == "":
			fields[field.Name] = t.goType(field.Type)
		default:
			fields[name] = t.goType(field.Type)
		}
	}
}

// Command facts writes, as JSON, what one version of Istio says of itself to the file it is given:
// the types against which its istioctl checks an IstioOperator (its spec, `spec.values` and
// `spec.meshConfig`), its components, the lowest Kubernetes version, the APIs that istiod watches,
// and the environment variables of istiod and of the agent.
//
// `npm run istio` runs it in the folder of a version's go.mod and writes the result to
// mesh/data/istio.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"istio.io/istio/istioctl/pkg/install/k8sversion"
)

// Table is the types of one version. A type is its fields by name, each with the name of a type:
// a scalar, `any`, `list<T>`, `map<T>` or another entry.
type Table struct {
	Roots map[string]string            `json:"roots"`
	Enums map[string][]string          `json:"enums"`
	Types map[string]map[string]string `json:"types"`
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: facts OUT"))
	}
	facts := map[string]any{
		"types":         types(),
		"components":    components(),
		"minKubernetes": fmt.Sprintf("1.%d.0", k8sversion.MinK8SVersion),
		"apis":          watchedAPIs(".istio.io"),
		"gatewayApis":   watchedAPIs("gateway.networking.k8s.io"),
		"flags":         flags(),
	}
	text, err := json.Marshal(facts)
	if err != nil {
		fail(err)
	}
	if err := os.WriteFile(os.Args[1], text, 0o644); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "facts:", err)
	os.Exit(1)
}

func types() *Table {
	table := &Table{Roots: map[string]string{}, Enums: map[string][]string{}, Types: map[string]map[string]string{}}
	table.Roots["operator"] = table.goType(operatorType)
	table.Roots["values"] = table.message(valuesType)
	table.Roots["meshConfig"] = table.message(meshConfigType)
	return table
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

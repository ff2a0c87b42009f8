package main

import (
	"fmt"

	"google.golang.org/protobuf/types/known/structpb"
)

// options are the ones under runtime.options of Pulumi.yaml that mean something here.
type options struct {
	typescript bool     // default true: the SDK compiles TypeScript as it loads it
	tsconfig   string   // default "": the SDK looks for tsconfig.json in the program's folder
	nodeargs   []string // default none: arguments for node itself, before the script
}

func parseOptions(given *structpb.Struct) (options, error) {
	values := given.AsMap()
	result := options{typescript: true}
	if value, ok := values["typescript"]; ok {
		typescript, err := asBool(value)
		if err != nil {
			return result, fmt.Errorf("runtime option typescript: %w", err)
		}
		result.typescript = typescript
	}
	tsconfig, err := asString(values, "tsconfig")
	if err != nil {
		return result, err
	}
	result.tsconfig = tsconfig
	nodeargs, err := asString(values, "nodeargs")
	if err != nil {
		return result, err
	}
	if result.nodeargs, err = splitWords(nodeargs); err != nil {
		return result, fmt.Errorf("runtime option nodeargs: %w", err)
	}
	return result, nil
}

// asBool also takes the words, which is how the value comes when it is quoted in Pulumi.yaml.
func asBool(value any) (bool, error) {
	switch value {
	case true, "true":
		return true, nil
	case false, "false":
		return false, nil
	}
	return false, fmt.Errorf("must be true or false, not %v", value)
}

func asString(values map[string]any, name string) (string, error) {
	value, ok := values[name]
	if !ok {
		return "", nil
	}
	text, ok := value.(string)
	if !ok {
		return "", fmt.Errorf("runtime option %s: must be a string, not %v", name, value)
	}
	return text, nil
}

// environment is what the SDK's runner reads the options from.
func (o options) environment() []string {
	result := []string{fmt.Sprintf("PULUMI_NODEJS_TYPESCRIPT=%t", o.typescript)}
	if o.tsconfig != "" {
		result = append(result, "PULUMI_NODEJS_TSCONFIG_PATH="+o.tsconfig)
	}
	return result
}

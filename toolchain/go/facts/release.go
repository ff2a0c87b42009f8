package main

import (
	"strings"

	"istio.io/istio/operator/pkg/component"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/env"

	// Their environment variables are registered where they are imported.
	_ "istio.io/istio/pilot/cmd/pilot-agent/app"
	_ "istio.io/istio/pilot/cmd/pilot-discovery/app"
)

// components are those of an IstioOperator, by their name in spec.components.
func components() map[string]any {
	all := map[string]any{}
	for _, each := range component.AllComponents {
		row := map[string]any{
			"default":       each.Default,
			"isList":        each.Multi,
			"chartFolder":   each.HelmSubdir,
			"valuesRoot":    each.ToHelmValuesTreeRoot,
			"flattenValues": each.FlattenValues,
		}
		if each.AltEnablementPath != "" {
			row["enablingValue"] = strings.TrimPrefix(each.AltEnablementPath, "spec.values.")
		}
		if each.ResourceType != "" {
			row["workload"] = map[string]string{
				"kind":      each.ResourceType,
				"name":      each.ResourceName,
				"container": each.ContainerName,
			}
		}
		all[each.SpecName] = row
	}
	return all
}

// watchedAPIs are the versions by which istiod watches APIs, by the name of the CRD, of groups whose names
// end with a text.
func watchedAPIs(group string) map[string]string {
	all := map[string]string{}
	for _, schema := range collections.PilotGatewayAPI().All() {
		if strings.HasSuffix(schema.Group(), group) {
			all[schema.Plural()+"."+schema.Group()] = schema.Version()
		}
	}
	return all
}

// flags are the environment variables of istiod and of the agent, with their defaults.
func flags() map[string]string {
	all := map[string]string{}
	for _, each := range env.VarDescriptions() {
		if !each.Hidden {
			all[each.Name] = each.DefaultValue
		}
	}
	return all
}

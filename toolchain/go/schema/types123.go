//go:build istio1.23

package main

import (
	"reflect"

	meshconfig "istio.io/api/mesh/v1alpha1"
	apis "istio.io/istio/operator/pkg/apis/istio/v1alpha1"
)

var (
	operatorType   = reflect.TypeFor[apis.IstioOperator]()
	valuesType     = (&apis.Values{}).ProtoReflect().Descriptor()
	meshConfigType = (&meshconfig.MeshConfig{}).ProtoReflect().Descriptor()
)

var checkedStructs = map[string]reflect.Type{}

package main

import (
	"reflect"

	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/operator/pkg/apis"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var (
	operatorType   = reflect.TypeFor[apis.IstioOperator]()
	valuesType     = (&apis.Values{}).ProtoReflect().Descriptor()
	meshConfigType = (&meshconfig.MeshConfig{}).ProtoReflect().Descriptor()
)

// checkedStructs are free-form fields of Values that istioctl reads as a Kubernetes type since
// 1.29. Source: operator/pkg/apis/validation, validateValues.
var checkedStructs = map[string]reflect.Type{
	"CNIConfig.affinity":                                    reflect.TypeFor[core.Affinity](),
	"CNIConfig.seccompProfile":                              reflect.TypeFor[core.SeccompProfile](),
	"EgressGatewayConfig.podAntiAffinityLabelSelector":      reflect.TypeFor[meta.LabelSelector](),
	"EgressGatewayConfig.podAntiAffinityTermLabelSelector":  reflect.TypeFor[meta.LabelSelector](),
	"EgressGatewayConfig.tolerations":                       reflect.TypeFor[core.Toleration](),
	"GlobalConfig.defaultTolerations":                       reflect.TypeFor[core.Toleration](),
	"IngressGatewayConfig.podAntiAffinityLabelSelector":     reflect.TypeFor[meta.LabelSelector](),
	"IngressGatewayConfig.podAntiAffinityTermLabelSelector": reflect.TypeFor[meta.LabelSelector](),
	"IngressGatewayConfig.tolerations":                      reflect.TypeFor[core.Toleration](),
	"PilotConfig.tolerations":                               reflect.TypeFor[core.Toleration](),
	"PilotConfig.affinity":                                  reflect.TypeFor[core.Affinity](),
	"PilotConfig.seccompProfile":                            reflect.TypeFor[core.SeccompProfile](),
	"PilotConfig.topologySpreadConstraints":                 reflect.TypeFor[core.TopologySpreadConstraint](),
	"PilotConfig.volumeMounts":                              reflect.TypeFor[core.VolumeMount](),
	"PilotConfig.volumes":                                   reflect.TypeFor[core.Volume](),
	"ProxyConfig.seccompProfile":                            reflect.TypeFor[core.SeccompProfile](),
	"ProxyConfig.lifecycle":                                 reflect.TypeFor[core.Lifecycle](),
	"SidecarInjectorConfig.neverInjectSelector":             reflect.TypeFor[meta.LabelSelector](),
	"SidecarInjectorConfig.alwaysInjectSelector":            reflect.TypeFor[meta.LabelSelector](),
	"WaypointConfig.affinity":                               reflect.TypeFor[core.Affinity](),
	"WaypointConfig.topologySpreadConstraints":              reflect.TypeFor[core.TopologySpreadConstraint](),
	"WaypointConfig.nodeSelector":                           reflect.TypeFor[core.NodeSelector](),
	"WaypointConfig.toleration":                             reflect.TypeFor[core.Toleration](),
}

module github.com/pulumi-service-mesh/toolchain/charts/1.30.4

go 1.25.9

require istio.io/istio v0.0.0-20260826214018-9739e10eb9d7

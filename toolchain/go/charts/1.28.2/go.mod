module github.com/pulumi-service-mesh/toolchain/charts/1.28.2

go 1.25.0

require istio.io/istio v0.0.0-20251217200826-ab413ac6c1f4

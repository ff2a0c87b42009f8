module github.com/pulumi-service-mesh/toolchain/charts/1.23.2

go 1.25.0

require istio.io/istio v0.0.0-20240917190016-da0b3f29e9f9

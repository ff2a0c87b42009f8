module github.com/pulumi-service-mesh/toolchain/charts/1.26.0

go 1.25.0

require istio.io/istio v0.0.0-20250506181944-c2e9871f340c

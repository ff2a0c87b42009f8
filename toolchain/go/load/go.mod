module github.com/pulumi-service-mesh/toolchain/load

go 1.26.0

require github.com/HdrHistogram/hdrhistogram-go v1.4.0

module github.com/payneteasy-go/payneteasy/internal/interop

go 1.26.0

toolchain go1.26.11

replace github.com/payneteasy-go/payneteasy => ../..

require (
	github.com/payneteasy-go/payneteasy v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/google/go-querystring v1.2.0 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
)
